import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIRST_TURN, inTurn, type Lane, nextTurnAfter, shareOf, type Turn } from './take-turns.ts'

const lane = (tenantId: number, integrationId: number): Lane => ({
  tenantId,
  integrationId,
  runId: integrationId,
  jobType: 'extract',
})

/** Claims one row again and again, from lanes that never run dry. */
function serve(lanes: readonly Lane[], times: number): readonly Lane[] {
  let turn: Turn = FIRST_TURN
  return Array.from({ length: times }, () => {
    const [first] = inTurn(lanes, turn)
    if (!first) throw new Error('There is no lane.')
    turn = nextTurnAfter(turn, [first.tenantId])
    return first
  })
}

test('tenants take turns, and so do the integrations of each', () => {
  const lanes = [lane(1, 11), lane(1, 12), lane(2, 21), lane(3, 31), lane(3, 32)]
  expect(serve(lanes, 6).map(({ integrationId }) => integrationId)).toEqual([11, 21, 31, 12, 21, 32])
})

test('several rows at once come from all tenants alike', () => {
  const lanes = [lane(1, 11), lane(1, 12), lane(2, 21)]
  expect(shareOf(lanes, 4)).toBe(2)
  expect(shareOf([], 4)).toBe(4)
  expect(inTurn(lanes, FIRST_TURN).map(({ integrationId }) => integrationId)).toEqual([11, 21, 12])
})

const someLanes = fc.uniqueArray(fc.record({ tenantId: fc.integer({ min: 1, max: 6 }), number: fc.nat(3) }), {
  minLength: 1,
  selector: ({ tenantId, number }) => `${tenantId}/${number}`,
})

test('law: however many lanes, nobody waits longer than one round, and nobody is left out', () => {
  fc.assert(
    fc.property(someLanes, (given) => {
      const lanes = given.map(({ tenantId, number }) => lane(tenantId, tenantId * 10 + number))
      const tenants = new Set(lanes.map(({ tenantId }) => tenantId)).size
      const served = serve(lanes, tenants * 8)
      for (let round = 0; round < 8; round++) {
        const ofRound = served.slice(round * tenants, (round + 1) * tenants)
        expect(new Set(ofRound.map(({ tenantId }) => tenantId)).size).toBe(tenants)
      }
      expect(new Set(served.map(({ integrationId }) => integrationId)).size).toBe(lanes.length)
      expect(inTurn(lanes, FIRST_TURN).toSorted(byIntegration)).toEqual(lanes.toSorted(byIntegration))
    }),
  )
})

const byIntegration = (left: Lane, right: Lane): number => left.integrationId - right.integrationId
