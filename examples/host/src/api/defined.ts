type Given<Fields extends object> = { readonly [Key in keyof Fields]?: Exclude<Fields[Key], undefined> }

/** The fields that were given: schemas of changes leave the others undefined, and the SDK wants them absent. */
export function definedOf<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>
}
