/** Where a missing server is a failure rather than a reason to skip: in CI, or wherever `MILLRACE_REQUIRE_SERVICES=1` is set. */
export function servicesAreRequired(): boolean {
  return [process.env.MILLRACE_REQUIRE_SERVICES, process.env.CI].some((value) => value === '1' || value === 'true')
}
