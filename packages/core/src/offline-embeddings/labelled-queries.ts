/** An item that is looked for, and three ways of looking for it. */
export interface Labelled {
  readonly title: string
  readonly text: string
  /** Something exact in the text: an identifier of code, an error's number, a path. */
  readonly exact: string
  /** Says the same without sharing a word that means anything. */
  readonly paraphrase: string
  /** Words of the item, as people type them. */
  readonly words: string
}

/** One item a line: title | text | exact | paraphrase | words. */
const LINES = `
Login fails after update | Users cannot sign in since release 4.2; SessionTokenStore rejects every credential. | SessionTokenStore | people are unable to authenticate with the newest version | login fails update
Invoice PDF is blank | Exporting a bill as PDF gives an empty page, InvoiceRenderer logs nothing. | InvoiceRenderer | documents for payment have no content when downloaded | blank invoice pdf
Dark mode for the dashboard | Add a black theme that is easy on the eyes at night; see theme/night.css. | theme/night.css | low-light appearance of the overview screen | dashboard dark mode
Search is slow for large catalogues | Looking up products takes nine seconds on big shops, the query planner ignores idx_products_name. | idx_products_name | finding merchandise needs too much time | slow search catalogue
Email notifications arrive twice | Every message is delivered two times because MailDispatcher retries after a timeout. | MailDispatcher | recipients get duplicate letters in their inbox | email notifications twice
Password reset link expires too early | The address for choosing a new secret is dead after a minute, RESET_TTL is wrong. | RESET_TTL | forgotten credentials cannot be recovered because time runs out | password reset link expires
Mobile app crashes on start | The phone application closes at once with NullPointerException in BootActivity. | BootActivity | program for smartphones quits immediately when opened | mobile app crash start
Upload of images larger than 10 MB fails | Big pictures are refused with error 413 by the gateway, raise MAX_BODY_SIZE. | MAX_BODY_SIZE | sending huge photos is rejected | upload large images fails
Wrong currency in the shopping cart | Prices appear in dollars for customers in Europe, LocaleResolver picks the default. | LocaleResolver | buyers see incorrect money units at checkout | cart wrong currency
Memory leak in the import worker | RAM of the process grows until it is killed, CsvReader keeps all rows. | CsvReader | background job consumes ever more storage and dies | import worker memory leak
Time zone shifts meetings by one hour | Appointments in the calendar move after daylight saving, use ZonedDateTime. | ZonedDateTime | scheduled events appear at the incorrect moment in summer | time zone meetings hour
Two-factor authentication by SMS | Ask for a code from the phone at sign-in, provider is TwilioGateway. | TwilioGateway | additional security step with a text message | two-factor sms authentication
Translate the interface to German | All labels need a de.json for customers in Berlin and Vienna. | de.json | localize screens for speakers of Deutsch | translate interface german
Backup job did not run on Sunday | No copy of the database was made at the weekend, cron entry nightly-dump is missing. | nightly-dump | saving a duplicate of all information was skipped | backup job sunday
Chart shows negative visitors | The graph of traffic falls below zero when VisitCounter overflows. | VisitCounter | diagram displays impossible amounts of people | chart negative visitors
Delete account on request | Customers may ask to be forgotten under GDPR article 17; call PurgeService. | PurgeService | erase all personal details of somebody who leaves | delete account request
Coupons can be used repeatedly | A discount code works any number of times, CouponLedger has no unique index. | CouponLedger | price reductions get redeemed more than once | coupons used repeatedly
Keyboard navigation of menus | The lists cannot be reached with the tab key, which fails WCAG-2.1.1. | WCAG-2.1.1 | accessibility for those who cannot use a mouse | keyboard navigation menus
Certificate of the API expires in May | TLS for api.shop.example must be renewed before the month ends. | api.shop.example | encryption credentials of the endpoint have to be replaced soon | certificate api expires
Printer prints labels upside down | Shipping stickers come out rotated, ZplBuilder swaps both axes. | ZplBuilder | parcel tags leave the machine the wrong way round | printer labels upside down
Webhook signatures are not verified | Anybody can post fake events, HmacGuard is disabled in production. | HmacGuard | forged callbacks are accepted without checking who sent them | webhook signatures verified
Stock level is wrong after a return | Goods that are sent back are not added to the inventory by RestockHandler. | RestockHandler | quantity in the warehouse is incorrect when customers reverse a purchase | stock level return
Video calls drop after ten minutes | Conferences end suddenly because TurnRelay closes idle connections. | TurnRelay | online face-to-face conversations get disconnected | video calls drop
Spell checker ignores French accents | Words with é are marked as mistakes by HunspellBridge. | HunspellBridge | correct orthography of Parisian language is flagged as an error | spell checker french accents
`

export const LABELLED: readonly Labelled[] = LINES.trim()
  .split('\n')
  .map((line) => {
    const [title = '', text = '', exact = '', paraphrase = '', words = ''] = line.split('|').map((part) => part.trim())
    return { title, text, exact, paraphrase, words }
  })

const SUBJECTS = [
  'Release notes',
  'Button',
  'Log file',
  'Report',
  'Build server',
  'Documentation',
  'Test suite',
  'Icon',
  'Tooltip',
  'Footer',
]
const WISHES = [
  'needs a new owner',
  'should be renamed',
  'is outdated',
  'could be simpler',
  'has a typo',
  'is flaky',
  'was moved',
  'needs review',
]
const PLACES = ['in the admin area', 'of the billing team', 'for partners', 'on the staging system', 'of the old shop']

/** Items that nobody looks for, but which share words and signs with those that somebody does. */
export const OTHERS: readonly Pick<Labelled, 'title' | 'text'>[] = SUBJECTS.flatMap((subject, first) =>
  WISHES.flatMap((wish, second) =>
    PLACES.map((place, third) => ({
      title: `${subject} ${wish}`,
      text: `The ${subject.toLowerCase()} ${place} ${wish}. See Component${first}${second}${third} and page ${first * 40 + second * 5 + third}.`,
    })),
  ),
)
