/** Says when a change of configuration is in the data. */
export function sayApplied(what: string, { run_id }: { readonly run_id: number | null }): string {
  return run_id === null
    ? `${what} The next run applies it.`
    : `${what} Run ${run_id} applies it to what is stored, without asking the provider.`
}
