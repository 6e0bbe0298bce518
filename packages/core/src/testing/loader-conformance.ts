import type { ConformanceCase } from './conformance-case.ts'
import { ANY_ORDER } from './loader/any-order.ts'
import { CENSUS } from './loader/census.ts'
import { ALL_ENTITIES, type LoaderFixture, loaderBench } from './loader/loader-bench.ts'
import { REPLACING } from './loader/replacing.ts'
import { STORING } from './loader/storing.ts'
import { VERSIONS } from './loader/versions.ts'

export type { LoaderFixture } from './loader/loader-bench.ts'

/**
 * What the port `Loader` promises, as tests for any runner.
 *
 * @param make a loader, and two scopes in which nothing is loaded yet; called once per test
 * @example
 * for (const { name, run } of loaderConformance(make)) test(name, run)
 */
export function loaderConformance(make: () => Promise<LoaderFixture> | LoaderFixture): readonly ConformanceCase[] {
  return [...STORING, ...VERSIONS, ...REPLACING, ...CENSUS, ...ANY_ORDER].map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await fixture.loader.prepare(ALL_ENTITIES)
        await prove(loaderBench(fixture))
      } finally {
        await fixture.close()
      }
    },
  }))
}
