export const AXIS = { stroke: 'var(--soft)', fontSize: 12, tickLine: false, axisLine: false } as const
export const TIP = {
  contentStyle: { background: 'var(--panel)', border: '1px solid var(--line)', borderRadius: 10 },
} as const
