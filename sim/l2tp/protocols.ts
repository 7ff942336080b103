// The protocol versions an LCCE may speak, by number.

import { l2tpv2 } from './l2tpv2.ts'
import { l2tpv3 } from './l2tpv3.ts'
import type { Protocol } from './tunnel.ts'
import type { Version } from './wire/avps.ts'

export const protocols: Readonly<Record<Version, Protocol>> = { 2: l2tpv2, 3: l2tpv3 }
