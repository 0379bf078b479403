// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step=momentum=0.9 | FileCheck %s
// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step="optimizer=adamw weight-decay=0.01 name=fine_tune" | FileCheck %s --check-prefix=ADAMW
// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step=accumulate=4 | FileCheck %s --check-prefix=ACC
// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step=loss=mse | FileCheck %s --check-prefix=MSE
// RUN: sed "s/nn.softmax/nn.log_softmax/" %S/Inputs/cnn.mlir | coppice-opt --train-build-step=loss=nll | FileCheck %s --check-prefix=NLL
// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step --train-build-step=name=second | FileCheck %s --check-prefix=TWO
// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-step=accumulate=2 --train-build-step="accumulate=3 name=second" | FileCheck %s --check-prefix=OWN

// CHECK: train.parameter @train.step : tensor<i64> = dense<0> : tensor<i64> {role = 3 : i32}
// CHECK: train.parameter @conv1.weight.momentum : tensor<3x3x2x4xf32> = dense<0.000000e+00> : tensor<3x3x2x4xf32> {role = 2 : i32}
// CHECK-LABEL: func.func @train
// CHECK-SAME: %{{.*}}: tensor<2x2x6x6xf32> {coppice.role = #coppice.role<input "input">}, %[[LABELS:.*]]: tensor<2xi64> {coppice.role = #coppice.role<label "labels">}, %[[LR:[a-z0-9_]*]]: tensor<f32> {coppice.role = #coppice.role<hyper "learning_rate">}
// CHECK-SAME: -> (tensor<f32> {coppice.role = #coppice.role<loss "loss">}, tensor<2x3xf32> {coppice.role = #coppice.role<output "logits">})
// CHECK: %[[W:.*]] = train.read @conv1.weight
// The softmax and the reshapes behind it are gone.
// CHECK: %[[LOGITS:.*]] = nn.add
// CHECK-NEXT: %[[LOSS:.*]] = nn.softmax_cross_entropy %[[LOGITS]], %[[LABELS]]
// CHECK-NEXT: %[[G:.*]]:4 = train.gradient %[[LOSS]] wrt %[[W]],
// CHECK: %[[T0:.*]] = train.read @train.step
// CHECK: %[[T:.*]] = nn.add %[[T0]]
// CHECK: train.write %[[T]], @train.step
// CHECK: %[[M:.*]] = train.read @conv1.weight.momentum
// CHECK: %[[W1:.*]], %[[M1:.*]] = train.update #train.sgd<momentum = 9.000000e-01> %[[W]], %[[G]]#0, %[[LR]], %[[T]], %[[M]]
// CHECK: train.write %[[W1]], @conv1.weight
// CHECK: train.write %[[M1]], @conv1.weight.momentum
// CHECK: return %[[LOSS]], %[[LOGITS]]

// ADAMW: @conv1.weight.first_moment
// ADAMW: @conv1.weight.second_moment
// ADAMW: func.func @fine_tune
// ADAMW: train.update #train.adam<weight_decay = 1.000000e-02, decoupled = true>

// The calls are counted apart from the updates.
// ACC-LABEL: func.func @train
// ACC: %[[DONE:.*]] = train.read @train.step
// ACC: %[[UPDATE:.*]] = nn.add %[[DONE]]
// ACC: %[[CALL:.*]] = nn.add %{{.*}} : tensor<i64>, tensor<i64>
// ACC: train.write %[[CALL]], @train.calls
// ACC: nn.div %[[CALL]]
// ACC: %[[APPLY:.*]] = nn.compare eq %[[CALL]]
// ACC: %[[COUNT:.*]] = nn.where %[[APPLY]], %[[UPDATE]], %[[DONE]]
// ACC: train.write %[[COUNT]], @train.step
// ACC: %[[OLD:.*]] = train.read @conv1.weight.train.accumulator
// ACC: %[[SUM:.*]] = nn.add %[[OLD]]
// ACC: %[[KEPT:.*]] = nn.where %[[APPLY]], %{{.*}}, %[[SUM]]
// ACC: train.write %[[KEPT]], @conv1.weight.train.accumulator
// ACC: %[[MEAN:.*]] = nn.mul %[[SUM]]
// ACC: %[[NEW:.*]] = train.update #train.sgd<> %[[W:.*]], %[[MEAN]], %{{.*}}, %[[UPDATE]]
// ACC: %[[NEXT:.*]] = nn.where %[[APPLY]], %[[NEW]], %[[W]]
// ACC: train.write %[[NEXT]], @conv1.weight

// MSE-LABEL: func.func @train
// MSE-SAME: , %[[LABELS:[a-z0-9]*]]: tensor<2x3xf32> {coppice.role = #coppice.role<label "labels">}
// MSE-SAME: tensor<2x3xf32> {coppice.role = #coppice.role<output "output">}
// MSE: nn.softmax
// MSE: %[[D:.*]] = nn.sub %{{.*}}, %[[LABELS]]
// MSE: %[[S:.*]] = nn.mul %[[D]], %[[D]]
// MSE: nn.reduce mean %[[S]] {axes = array<i64: 0, 1>}

// NLL-LABEL: func.func @train
// NLL: nn.one_hot %{{.*}} : tensor<2xi64> -> tensor<2x3xf32>

// Two steps that accumulate do not see each other's sums and calls.
// OWN-DAG: train.parameter @train.calls
// OWN-DAG: train.parameter @second.calls
// OWN-DAG: train.parameter @conv1.weight.train.accumulator
// OWN-DAG: train.parameter @conv1.weight.second.accumulator

// Two steps share the parameters and the count of updates.
// TWO-COUNT-1: train.parameter @train.step
// TWO-DAG: func.func @train(
// TWO-DAG: func.func @second(
