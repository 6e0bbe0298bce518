import { BlockList, isIP } from 'node:net'

/** Addresses that never belong to a public service (IANA special-purpose registries); mapped IPv4 is recognized. */
const PRIVATE_RANGES: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]

const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i

const blocked = new BlockList()
for (const [network, prefix, family] of PRIVATE_RANGES) blocked.addSubnet(network, prefix, family)

/** Whether a host name or address, as a URL spells it, is of a private network. Names are not resolved. */
export function isPrivateHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version === 0) return PRIVATE_NAMES.test(host)
  return blocked.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
