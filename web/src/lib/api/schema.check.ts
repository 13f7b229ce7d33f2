// Nothing runs here. It makes svelte-check fail when what the gateway says of its API (schema.ts, by `npm run api`) no longer
// fits what the page takes it for (types.ts).
import type { components } from './schema'
import type * as flash from './flash'
import type * as page from './types'

type Schemas = components['schemas']

/** Fails to compile unless everything that Gateway can be is a Page. */
type Fits<Gateway extends Page, Page> = [Gateway, Page]

export type Checked = [
  Fits<Schemas['SetupState'], page.Setup>,
  Fits<Schemas['User'], page.User>,
  Fits<Schemas['Session'], page.LoginSession>,
  Fits<Schemas['Token'], page.Token>,
  Fits<Schemas['MadeToken'], page.NewToken>,
  Fits<Schemas['Link'], page.Link>,
  Fits<Schemas['LinkTest'], page.LinkTest>,
  Fits<Schemas['Device'], page.Device>,
  Fits<Schemas['Settings'], page.Settings>,
  Fits<Schemas['Health'], page.Health>,
  Fits<Schemas['BackupComparison'], page.BackupComparison>,
  Fits<Schemas['License'], page.License>,
  Fits<Schemas['SessionState']['user'], page.Session['user']>,
  Fits<Omit<Schemas['Mapping'], 'rule'>, Omit<page.Mapping, 'rule'>>,
  Fits<Schemas['Row'], page.PreviewRow>,
  Fits<Schemas['Message'], page.Message>,
  Fits<Schemas['Value'], page.StateItem>,
  Fits<Schemas['Trace'], page.Trace>,
  Fits<Schemas['FlashPort'], flash.FlashPort>,
  Fits<Schemas['FlashImageState'], flash.FlashImageState>,
  Fits<Schemas['FlashTemplate'], flash.FlashTemplate>,
  Fits<Schemas['FlashWiFi'], flash.FlashWiFi>,
  Fits<Schemas['FlashJob'], flash.FlashJob>,
  Fits<Omit<Schemas['FlashKit'], 'board'>, Omit<flash.FlashKit, 'board'>>,
  Fits<flash.NewFlashJob, Schemas['NewFlashJob']>,
  Fits<flash.NewFlashKit, Schemas['NewFlashKit']>,
]
