//===- LowPDialect.td - Number formats ---------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_IR_LOWPDIALECT_TD
#define COPPICE_DIALECTS_LOWP_IR_LOWPDIALECT_TD

include "mlir/IR/OpBase.td"

def LowP_Dialect : Dialect {
  let name = "lowp";
  let cppNamespace = "::coppice::lowp";
  let summary = "Conversions between number formats, bit-exact and saturating";
  let description = [{
    Upstream's `!quant.uniform` types define the real value of a code, and the
    ops of this dialect convert. Upstream's own conversions are not used: they
    don't round, don't saturate, and fold away a quantize after a dequantize.

    The real value of a code q is (q - zero point) scale. The code of a real
    value is that value divided by the scale, rounded half to even, plus the
    zero point, saturated to the storage range of the type. Division and sum are
    in double precision. The type carries scales that are frozen.

    A storage range narrower than its integer (`i8<-10:127>`) is a clamp. That
    example is the rectifier of a layer whose zero point is -10.
  }];
  let dependentDialects = ["::coppice::CoppiceDialect", "::mlir::quant::QuantDialect"];
}

#endif // COPPICE_DIALECTS_LOWP_IR_LOWPDIALECT_TD
