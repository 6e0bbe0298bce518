import { allowedUrl, type UrlRules } from '@millrace/core'

/**
 * Refuses URLs that no request may be sent to, before they are stored. A name that leads nowhere now may do so later: each
 * request is checked again.
 *
 * @throws FORBIDDEN_URL
 */
export async function requireAllowedUrls(urls: readonly unknown[], rules: UrlRules): Promise<void> {
  for (const url of urls) if (typeof url === 'string') await allowedUrl(url, rules)
}
