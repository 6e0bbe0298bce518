/**
 * What a source file imports, statically or not, types included. The formatter keeps statements at the start of a line, so
 * that examples inside doc comments are not mistaken for imports.
 */
export function importsOf(source: string): readonly string[] {
  const found = new Set<string>()
  for (const pattern of [fromClause, bareImport, dynamicImport]) {
    for (const match of source.matchAll(pattern)) {
      if (match[1] !== undefined) found.add(match[1])
    }
  }
  return [...found]
}

/** `import … from 'x'` and `export … from 'x'`, over several lines too. */
const fromClause = /^(?:import|export)\b[^'";]*?\bfrom\s+['"]([^'"]+)['"]/gm

/** `import 'x'` */
const bareImport = /^import\s+['"]([^'"]+)['"]/gm

/** `import('x')`, as an expression or as a type, unless the line is a comment. */
const dynamicImport = /^(?!\s*(?:\/\/|\*|\/\*)).*?\bimport\(\s*['"]([^'"]+)['"]/gm
