// The page without the gateway, for work on the page only: a stand-in for the API, and Vite in front of it.
//   npm run dev                       then open http://127.0.0.1:5173/   (user ann, password anything)
//   CLAIMED=0 npm run dev             the first run (code 1234-5678)
//   GATEWAY=http://... npm run dev    Vite in front of a gateway that runs
import { createServer } from 'vite'
import { startGateway } from './gateway.mjs'

if (!process.env.GATEWAY) await startGateway(8099)
const server = await createServer({ configFile: new URL('../vite.config.js', import.meta.url).pathname })
await server.listen()
server.printUrls()
