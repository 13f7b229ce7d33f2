import { mount } from 'svelte'
import App from './App.svelte'
import './styles/tokens.css'
import './styles/base.css'
import { keys } from '$lib/app/keys.svelte'
import { router } from '$lib/app/router.svelte'

router.start()
keys.start()
mount(App, { target: document.getElementById('app')! })
