export const AXIS = { stroke: 'var(--soft)', fontSize: 12, tickLine: false, axisLine: false } as const
export const TIP = {
  contentStyle: { background: 'var(--panel)', border: '1px solid var(--line)', borderRadius: 10 },
} as const
/** In the order in which things are drawn. The colour is that of the symbol; words are as legible as any. */
export const LEGEND = {
  iconType: 'square',
  iconSize: 11,
  itemSorter: null,
  formatter: (name: string) => <span className="text-sm text-ink">{name}</span>,
} as const
