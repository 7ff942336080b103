// Logarithm, exponential and normal quantile that give the same bits in every engine: only operations that IEEE 754 and the
// language define exactly. Math.log and Math.exp are left to the engine, and engines differ in the last bit, which is enough to
// swap events.
//
// `log` and `exp` follow FDLIBM (e_log.c, e_exp.c): Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed
// at SunSoft, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is freely
// granted, provided that this notice is preserved. `normalQuantile` is algorithm AS 241, PPND16 (M. J. Wichura, Applied
// Statistics 37, 1988).

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
double[0] = 1
/** Which of the two words holds sign, exponent and the upper 20 bits of the fraction. */
const UPPER = words[1] === 0 ? 0 : 1

const LN2_UPPER = 0.6931471803691238
const LN2_LOWER = 1.9082149292705877e-10
const INVERSE_LN2 = 1.4426950408889634
const TWO_54 = 18014398509481984
const TWO_M1000 = 9.332636185032189e-302
const EXP_OVERFLOW = 709.782712893384
const EXP_UNDERFLOW = -745.1332191019411

/** Natural logarithm, within 1 ulp; -Infinity for 0, NaN below 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return Infinity
  double[0] = x
  let exponent = 0
  if (words[UPPER]! < 0x00100000) {
    exponent = -54
    double[0] = x * TWO_54
  }
  const upper = words[UPPER]!
  const fraction = upper & 0x000fffff
  // x = 2^exponent * (1 + f) with 1 + f in [sqrt(2)/2, sqrt(2)).
  const carry = (fraction + 0x95f64) & 0x100000
  exponent += (upper >> 20) - 1023 + (carry >> 20)
  words[UPPER] = fraction | (carry ^ 0x3ff00000)
  return logOfFraction(double[0] - 1, fraction, exponent)
}

function logOfFraction(f: number, fraction: number, exponent: number): number {
  if ((0x000fffff & (2 + fraction)) < 3) return logNearPower(f, exponent)
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  const r = odd + even
  if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
    const halfSquare = 0.5 * f * f
    if (exponent === 0) return f - (halfSquare - s * (halfSquare + r))
    return exponent * LN2_UPPER - (halfSquare - (s * (halfSquare + r) + exponent * LN2_LOWER) - f)
  }
  if (exponent === 0) return f - s * (f - r)
  return exponent * LN2_UPPER - (s * (f - r) - exponent * LN2_LOWER - f)
}

/** For |f| < 2^-20. */
function logNearPower(f: number, exponent: number): number {
  if (f === 0) return exponent === 0 ? 0 : exponent * LN2_UPPER + exponent * LN2_LOWER
  const r = f * f * (0.5 - 0.3333333333333333 * f)
  if (exponent === 0) return f - r
  return exponent * LN2_UPPER - (r - exponent * LN2_LOWER - f)
}

/** e to the power of x, within 1 ulp; Infinity on overflow, 0 on underflow. */
export function exp(x: number): number {
  if (!(x <= EXP_OVERFLOW)) return x > EXP_OVERFLOW ? Infinity : NaN
  if (x < EXP_UNDERFLOW) return 0
  const size = Math.abs(x)
  if (size < 3.725290298461914e-9) return 1 + x
  // x = k ln 2 + r with |r| <= ln(2)/2, r = upper - lower.
  let k = 0
  if (size > 0.34657359027997264) {
    if (size < 1.0397207708399179) k = x < 0 ? -1 : 1
    else k = Math.trunc(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5))
  }
  const upper = x - k * LN2_UPPER
  const lower = k * LN2_LOWER
  return scaled(expOfRemainder(upper, lower, k), k)
}

function expOfRemainder(upper: number, lower: number, k: number): number {
  const r = upper - lower
  const t = r * r
  const last = -1.6533902205465252e-6 + t * 4.1381367970572385e-8
  const c = r - t * (0.16666666666666602 + t * (-0.0027777777777015593 + t * (6.613756321437934e-5 + t * last)))
  if (k === 0) return 1 - ((r * c) / (c - 2) - r)
  return 1 - (lower - (r * c) / (2 - c) - upper)
}

/** y * 2^k for y in [1/2, 2]. */
function scaled(y: number, k: number): number {
  if (k === 0) return y
  double[0] = y
  if (k >= -1021) {
    words[UPPER] = words[UPPER]! + k * 0x100000
    return double[0]
  }
  words[UPPER] = words[UPPER]! + (k + 1000) * 0x100000
  return double[0] * TWO_M1000
}

/** AS 241 around the median: x = 0.425^2 - (p - 0.5)^2. */
function middle(x: number): number {
  let over = 2509.0809287301227 * x + 33430.57558358813
  over = over * x + 67265.7709270087
  over = over * x + 45921.95393154987
  over = over * x + 13731.69376550946
  over = over * x + 1971.5909503065513
  over = over * x + 133.14166789178438
  over = over * x + 3.3871328727963665
  let under = 5226.495278852854 * x + 28729.085735721943
  under = under * x + 39307.89580009271
  under = under * x + 21213.794301586597
  under = under * x + 5394.196021424751
  under = under * x + 687.1870074920579
  under = under * x + 42.31333070160091
  under = under * x + 1
  return over / under
}

/** AS 241 in the shoulders: x = sqrt(-log(p)) - 1.6. */
function shoulder(x: number): number {
  let over = 0.0007745450142783414 * x + 0.022723844989269184
  over = over * x + 0.2417807251774506
  over = over * x + 1.2704582524523684
  over = over * x + 3.6478483247632045
  over = over * x + 5.769497221460691
  over = over * x + 4.630337846156546
  over = over * x + 1.4234371107496835
  let under = 1.0507500716444169e-9 * x + 0.0005475938084995345
  under = under * x + 0.015198666563616457
  under = under * x + 0.14810397642748008
  under = under * x + 0.6897673349851
  under = under * x + 1.6763848301838038
  under = under * x + 2.053191626637759
  under = under * x + 1
  return over / under
}

/** AS 241 in the tails: x = sqrt(-log(p)) - 5. */
function tail(x: number): number {
  let over = 2.0103343992922881e-7 * x + 2.7115555687434876e-5
  over = over * x + 0.0012426609473880784
  over = over * x + 0.026532189526576124
  over = over * x + 0.29656057182850487
  over = over * x + 1.7848265399172913
  over = over * x + 5.463784911164114
  over = over * x + 6.657904643501103
  let under = 2.0442631033899397e-15 * x + 1.421511758316446e-7
  under = under * x + 1.8463183175100548e-5
  under = under * x + 0.0007868691311456133
  under = under * x + 0.014875361290850615
  under = under * x + 0.1369298809227358
  under = under * x + 0.599832206555888
  under = under * x + 1
  return over / under
}

/**
 * The z that a standard normal variable stays below with probability p, to about 16 digits. -Infinity for 0, Infinity for 1, NaN
 * outside.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN
  const fromMedian = p - 0.5
  if (Math.abs(fromMedian) <= 0.425) return fromMedian * middle(0.180625 - fromMedian * fromMedian)
  const depth = Math.sqrt(-log(fromMedian < 0 ? p : 1 - p))
  const z = depth <= 5 ? shoulder(depth - 1.6) : tail(depth - 5)
  return fromMedian < 0 ? -z : z
}
