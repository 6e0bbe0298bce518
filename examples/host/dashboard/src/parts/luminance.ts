const SIDE = 24

/** How bright an image is where it is opaque, 0 to 1; 1 where that cannot be told. */
export function luminanceOf(image: HTMLImageElement): number {
  const canvas = document.createElement('canvas')
  canvas.width = SIDE
  canvas.height = SIDE
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return 1
  context.drawImage(image, 0, 0, SIDE, SIDE)
  return meanLuminance(context.getImageData(0, 0, SIDE, SIDE).data)
}

/** Rec. 709 weights over RGBA bytes, weighted by opacity. */
function meanLuminance(bytes: Uint8ClampedArray): number {
  let sum = 0
  let weight = 0
  for (let at = 0; at < bytes.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = bytes.subarray(at, at + 4)
    sum += ((0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255) * alpha
    weight += alpha
  }
  return weight === 0 ? 1 : sum / weight
}
