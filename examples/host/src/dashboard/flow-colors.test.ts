import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { CANNED_ANSWERS } from './testing/canned-answers.ts'
import { cannedDashboard, executable } from './testing/canned-dashboard.ts'

/** What WCAG asks of shapes that mean something. */
const LEAST_CONTRAST = 3
/** Of red, green and blue: what can be told apart at a glance in a legend. */
const LEAST_DISTANCE = 40

describe.skipIf(!executable)('the cumulative flow', { timeout: 300_000 }, () => {
  const open = cannedDashboard()

  it('has a colour of its own for each status, which stands out in light and in dark', async () => {
    const { page } = await open({ path: '/insights' })
    const { statuses } = CANNED_ANSWERS.flowInsights as { readonly statuses: readonly { readonly name: string }[] }
    const panel = page.getByRole('region', { name: 'Cumulative flow' })
    await expect.poll(() => panel.locator('path.recharts-area-area').count()).toBe(statuses.length)
    const legend = await panel.locator('.recharts-legend-item').allInnerTexts()
    expect(legend.toSorted()).toEqual(statuses.map(({ name }) => name).toSorted())
    for (const theme of ['light', 'dark'] as const) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      const [ground = [0, 0, 0]] = await colorsOf(page, 'section[aria-label="Cumulative flow"]', 'background-color')
      const bands = await colorsOf(page, 'path.recharts-area-area', 'fill')
      const symbols = await colorsOf(page, '[aria-label="Cumulative flow"] .recharts-legend-item path', 'fill')
      expect(symbols).toEqual(bands)
      for (const [place, color] of bands.entries()) {
        expect(contrastOf(color, ground), `${theme}: ${legend[place]}`).toBeGreaterThan(LEAST_CONTRAST)
        const distances = bands.slice(0, place).map((other) => distanceOf(color, other))
        expect(Math.min(...distances), `${theme}: ${legend[place]}`).toBeGreaterThan(LEAST_DISTANCE)
      }
    }
  })
})

/** Red, green and blue, 0 to 255. */
type Color = readonly [number, number, number]

/** A property of elements of the page that is a colour, whichever way it is written. */
function colorsOf(page: Page, selector: string, property: string): Promise<Color[]> {
  return page.evaluate<Color[]>(`(() => {
    const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
    return [...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => {
      context.fillStyle = getComputedStyle(element).getPropertyValue('${property}')
      context.fillRect(0, 0, 1, 1)
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
    })
  })()`)
}

const distanceOf = (one: Color, other: Color): number => Math.hypot(...one.map((value, at) => value - (other[at] ?? 0)))

/** As WCAG 2 defines it, 1 to 21. */
function contrastOf(one: Color, other: Color): number {
  const [dark = 0, light = 0] = [one, other].map(luminanceOf).sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminanceOf(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
