export type Choice = 'system' | 'light' | 'dark'

class Theme {
  choice = $state<Choice>('system')

  constructor() {
    const now = typeof document === 'undefined' ? undefined : document.documentElement.dataset.theme
    if (now === 'light' || now === 'dark') this.choice = now
  }

  set(choice: Choice): void {
    this.choice = choice
    if (choice === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = choice
    try {
      if (choice === 'system') localStorage.removeItem('theme')
      else localStorage.setItem('theme', choice)
    } catch {
      // chosen for this page only
    }
  }
}

export const theme = new Theme()
