import { at, hex, mix } from '../../random.ts'

/** A person of the simulated site. `json` is the user object as it appears inside issues and histories. */
export interface Person {
  readonly accountId: string
  /** What the person was called at first, which is how changelogs name them. */
  readonly displayName: string
  readonly timeZone: string
  readonly active: boolean
  json: string
}

const NAMES = [
  'Ada Lindqvist',
  'Bram de Wit',
  'Chidi Okafor',
  '张丁丁',
  'Dolores Haze',
  'Emre Yıldız',
  'Farida Haddad',
  'Grace Murray',
  '李小龙',
  'Håkon Bjørnsen',
  'Inés Álvarez',
  'Joan Clarke',
  'Katarzyna Nowak',
  '王秀英',
  'Lakshmi Iyer',
  'Mateus Souza',
  'Nadia Petrova',
  'Oluwaseun Adebayo',
  'Priya Raman',
  'Quentin Dubois',
  'Rosa Marchetti',
  'Søren Holm',
  '陳美玲',
  'Tomasz Zając',
  'Uma Thapa',
  'Viktor Hruby',
  'Wanjiru Kamau',
  '山田太郎',
  'Yusuf Demir',
  'Zoë Fairweather',
  "Conor O'Shea",
  'Robot 🤖 Builder',
] as const

const ZONES = [
  'Etc/UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'America/Sao_Paulo',
] as const

const PEOPLE_SALT = 0x70656f

/** The people of a site: always the same number, in an order that issues refer to by position. */
export const createPeople = (seed: number, siteUrl: string): readonly Person[] =>
  NAMES.map((displayName, index) => {
    const accountId = `712020:${hex(seed, index, PEOPLE_SALT, 24)}`
    const timeZone = at(ZONES, mix(seed, index, PEOPLE_SALT) % ZONES.length)
    const active = index % 11 !== 10
    const avatar = `https://a.example.net/${hex(seed, index, PEOPLE_SALT, 8)}`
    const avatarUrls = Object.fromEntries([48, 24, 16, 32].map((size) => [`${size}x${size}`, `${avatar}/${size}`]))
    const self = `${siteUrl}/rest/api/3/user?accountId=${encodeURIComponent(accountId)}`
    const accountType = displayName.startsWith('Robot') ? 'app' : 'atlassian'
    const json = JSON.stringify({ self, accountId, avatarUrls, displayName, active, timeZone, accountType })
    return { accountId, displayName, timeZone, active, json }
  })
