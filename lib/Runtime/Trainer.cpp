//===- Trainer.cpp - Evaluation and training over images --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Trainer.h"

#include "lib/Runtime/Progress.h"
#include "lib/Runtime/Random.h"
#include "lib/Support/Count.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <chrono>
#include <cmath>
#include <cstring>

using namespace llvm;
using coppice::train::LossKind;

namespace coppice::runtime {

namespace {
class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};
} // namespace

/// Returns the class with the largest score in row `row`; the lowest wins a
/// tie.
static int64_t predictedClass(const HostTensor &scores, int64_t row) {
  int64_t classes = scores.size() / scores.getShape().front();
  int64_t best = 0;
  double bestScore = scores.getAsDouble(row * classes);
  for (int64_t c = 1; c < classes; ++c) {
    double score = scores.getAsDouble(row * classes + c);
    if (score > bestScore) {
      best = c;
      bestScore = score;
    }
  }
  return best;
}

/// Returns the cross entropy of one row of scores and a class.
static double crossEntropy(const HostTensor &scores, int64_t row, int64_t label,
                           bool probability) {
  int64_t classes = scores.size() / scores.getShape().front();
  auto score = [&](int64_t c) { return scores.getAsDouble(row * classes + c); };
  if (probability)
    return -std::log(std::max(score(label), 1e-38));
  double largest = score(0), sum = 0;
  for (int64_t c = 1; c < classes; ++c)
    largest = std::max(largest, score(c));
  for (int64_t c = 0; c < classes; ++c)
    sum += std::exp(score(c) - largest);
  return largest + std::log(sum) - score(label);
}

/// Returns what one element adds to the loss, as --train-build-step computes
/// it.
static double elementLoss(LossKind loss, double output, double target) {
  if (loss == LossKind::BinaryCrossEntropyLogits)
    return std::max(output, 0.0) + std::log1p(std::exp(-std::abs(output))) -
           output * target;
  if (loss == LossKind::BinaryCrossEntropy) {
    // Logarithms are bounded, because a probability may have been rounded to 0
    // or 1.
    auto bounded = [](double p) {
      return p > 0 ? std::max(std::log(p), -100.0) : p <= 0 ? -100.0 : p;
    };
    return -target * bounded(output) - (1 - target) * bounded(1 - output);
  }
  double difference = output - target;
  return difference * difference;
}

/// Returns the mean loss of the elements of row `row`.
static double targetLoss(LossKind loss, const HostTensor &output, int64_t row,
                         const HostTensor &target) {
  int64_t size = target.size();
  double sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sum += elementLoss(loss, output.getAsDouble(row * size + i),
                       target.getAsDouble(i));
  return size ? sum / size : 0;
}

/// Returns the loss of one row of scores and its class.
static double classLoss(LossKind loss, const HostTensor &scores, int64_t row,
                        int64_t label, bool probability) {
  if (loss != LossKind::NegativeLogLikelihood)
    return crossEntropy(scores, row, label, probability);
  int64_t classes = scores.size() / scores.getShape().front();
  return -scores.getAsDouble(row * classes + label);
}

Expected<EvalResult> evaluate(Program &program, AlignedBuffer &state,
                              const DataSet &data, LossKind loss, bool quiet,
                              bool progress) {
  const EntryInfo &info = program.entry(EntryKind::Inference);
  HostTensor input(info.inputs[0].kind, info.inputs[0].shape);
  SmallVector<HostTensor> outputs = program.createOutputs(EntryKind::Inference);
  const HostTensor &scores = outputs.front();
  int64_t batch = input.getShape().front(), count = data.images.size();
  SmallVector<int64_t> sampleShape(scores.getShape());
  sampleShape.front() = 1;
  HostTensor target(ElementKind::F64, sampleShape);

  Stopwatch watch;
  Progress bar("eval", count, quiet, progress);
  EvalResult result;
  int64_t right = 0;
  for (int64_t first = 0; first < count; first += batch) {
    int64_t rows = std::min(batch, count - first);
    // Fill up the last batch with its own last image.
    for (int64_t row = 0; row < batch; ++row)
      data.images.fill(first + std::min(row, rows - 1), /*flip=*/false, row,
                       input);
    if (Error error =
            program.run(EntryKind::Inference, {&input}, outputs, state))
      return std::move(error);
    if (Error error = checkScores(scores, loss))
      return std::move(error);
    for (int64_t row = 0; row < rows; ++row) {
      if (!data.labels.areClasses()) {
        data.labels.fill(first + row, 0, target);
        result.loss += targetLoss(loss, scores, row, target);
        continue;
      }
      int64_t label = data.labels.getClass(first + row);
      right += predictedClass(scores, row) == label;
      result.loss +=
          classLoss(loss, scores, row, label, program.outputIsProbability());
    }
    bar.update(first + rows);
  }
  result.loss /= count;
  result.top1 = static_cast<double>(right) / count;
  result.seconds = watch.seconds();
  return result;
}

/// Returns the loss of a model that knows nothing: equal probabilities, or
/// zeros.
static double chanceLoss(LossKind loss, const HostTensor &scores,
                         const HostTensor &labels) {
  if (!isFloat(labels.getKind()))
    return std::log(double(scores.size()) / double(labels.size()));
  if (loss != LossKind::MeanSquaredError)
    return std::log(2.0);
  double sum = 0;
  for (int64_t i = 0; i < labels.size(); ++i)
    sum += labels.getAsDouble(i) * labels.getAsDouble(i);
  return sum / double(std::max<int64_t>(labels.size(), 1));
}

/// Whether `loss` is too far above the first loss.
static bool isDiverged(double loss, double first, double chance) {
  double usual = std::max(std::abs(first), chance);
  return !std::isfinite(loss) ||
         (usual > 0 && std::abs(loss) > kDivergence * usual);
}

/// Returns the first element of a float tensor that is not finite.
static std::optional<double> findNotFinite(const HostTensor &tensor) {
  if (isFloat(tensor.getKind()))
    for (int64_t i = 0; i < tensor.size(); ++i)
      if (double value = tensor.getAsDouble(i); !std::isfinite(value))
        return value;
  return std::nullopt;
}

/// Runs `@infer` on a batch of images from `start` on.
static Expected<HostTensor> inferBatch(Program &program, AlignedBuffer &state,
                                       const DataSet &data, int64_t start) {
  const EntryInfo &info = program.entry(EntryKind::Inference);
  HostTensor input(info.inputs[0].kind, info.inputs[0].shape);
  int64_t count = data.images.size(), batch = input.getShape().front();
  for (int64_t row = 0; row < batch; ++row)
    data.images.fill((start + row) % count, /*flip=*/false, row, input);
  SmallVector<HostTensor> outputs = program.createOutputs(EntryKind::Inference);
  if (Error error = program.run(EntryKind::Inference, {&input}, outputs, state))
    return std::move(error);
  return std::move(outputs.front());
}

/// Returns the loss of a batch of images from `start` on, computed by `@infer`;
/// not finite if a score is not. `chance` gets the loss of a model that knows
/// nothing.
static Expected<double> batchLoss(Program &program, AlignedBuffer &state,
                                  const DataSet &data, LossKind loss,
                                  double &chance, int64_t start = 0) {
  Expected<HostTensor> inferred = inferBatch(program, state, data, start);
  if (!inferred)
    return inferred.takeError();
  const HostTensor &scores = *inferred;
  int64_t count = data.images.size(), batch = scores.getShape().front();
  if (std::optional<double> score = findNotFinite(scores))
    return *score;
  bool classes = data.labels.areClasses();
  SmallVector<int64_t> shape(scores.getShape());
  HostTensor labels(classes ? ElementKind::I64 : ElementKind::F64,
                    classes ? ArrayRef(shape).take_front() : ArrayRef(shape));
  shape.front() = 1;
  HostTensor target(ElementKind::F64, shape);
  double sum = 0;
  for (int64_t row = 0; row < batch; ++row) {
    data.labels.fill((start + row) % count, row, labels);
    if (classes) {
      sum += classLoss(loss, scores, row,
                       data.labels.getClass((start + row) % count),
                       program.outputIsProbability());
    } else {
      data.labels.fill((start + row) % count, 0, target);
      sum += targetLoss(loss, scores, row, target);
    }
  }
  chance = chanceLoss(loss, scores, labels);
  return sum / double(batch);
}

/// Returns an error if the mean loss of an epoch is far above that of the
/// untrained model. The latter is computed, on some images, only if the mean is
/// suspicious.
static Error checkEpoch(Program &program, const DataSet &data, LossKind loss,
                        int64_t epoch, double mean, double chance) {
  if (std::abs(mean) <= kEpochDivergence * chance)
    return Error::success();
  AlignedBuffer initial = program.createState();
  int64_t batch = program.entry(EntryKind::Inference).inputs[0].shape.front();
  int64_t batches = llvm::divideCeil(
      std::min<int64_t>(data.images.size(), kImagesBefore), batch);
  double before = 0, ignored = 0;
  for (int64_t i = 0; i < batches; ++i) {
    auto part = batchLoss(program, initial, data, loss, ignored, i * batch);
    if (!part)
      return part.takeError();
    before += *part / double(batches);
  }
  double usual = std::max(std::abs(before), chance);
  if (!(usual > 0) || std::abs(mean) <= kEpochDivergence * usual)
    return Error::success();
  return userError(
      "epoch " + Twine(epoch + 1),
      formatv("the run has diverged: its mean loss is {0}, that of "
              "the model before training {1}, and that of "
              "knowing nothing {2}",
              format("%.4g", mean), format("%.4g", before),
              format("%.4g", chance))
          .str(),
      "lower --lr; nothing was saved");
}

/// Checks saturated codes too, because scores on codes stay finite when a model
/// is ruined.
static Error checkParameters(const Program &program, AlignedBuffer &state,
                             AlignedBuffer &initial) {
  int64_t changed = 0, saturated = 0;
  for (const ParameterInfo &parameter : program.getParameters()) {
    // A parameter that was not trained equals the file's.
    if (!parameter.isInFile() ||
        std::memcmp(state.data() + parameter.offset, parameter.initial.data(),
                    parameter.initial.size()) == 0)
      continue;
    HostTensor value = program.getParameter(parameter, state);
    if (isFloat(value.getKind()))
      for (int64_t i = 0; i < value.size(); ++i)
        if (!std::isfinite(value.getAsDouble(i)))
          return userError("'" + parameter.getName() + "'",
                           "holds " + formatNumber(value.getAsDouble(i)) +
                               " after training",
                           "lower --lr; nothing was saved");
    auto range = program.getCodeRange(parameter);
    if (!range)
      continue;
    HostTensor before = program.getFileValue(parameter, initial),
               after = program.getFileValue(parameter, state);
    for (int64_t i = 0; i < after.size(); ++i) {
      int64_t code = after.getAsInteger(i);
      changed += code != before.getAsInteger(i);
      saturated += code != before.getAsInteger(i) &&
                   (code == range->first || code == range->second);
    }
  }
  constexpr int64_t enough = 8; // codes to tell anything
  if (changed < enough || 10 * saturated <= 9 * changed)
    return Error::success();
  return userError("the trained model",
                   formatv("has diverged: {0} of the {1} codes that changed "
                           "are at the ends of their range",
                           saturated, changed)
                       .str(),
                   "lower --lr; nothing was saved");
}

Error checkTrained(Program &program, AlignedBuffer &state, const DataSet &data,
                   const TrainerOptions &options) {
  AlignedBuffer initial = program.createState();
  if (Error error = checkParameters(program, state, initial))
    return error;
  double chance = 0;
  Expected<double> after =
      batchLoss(program, state, data, options.loss, chance);
  if (!after)
    return after.takeError();
  if (!std::isfinite(*after))
    return userError("the trained model",
                     "gives " + formatNumber(*after) +
                         " for an image of the first batch",
                     "lower --lr; nothing was saved");
  Expected<double> before =
      batchLoss(program, initial, data, options.loss, chance);
  if (!before)
    return before.takeError();
  if (!isDiverged(*after, *before, chance))
    return Error::success();
  return userError("the trained model",
                   formatv("has diverged: the loss of the first batch went "
                           "from {0} to {1}",
                           format("%.4g", *before), format("%.4g", *after))
                       .str(),
                   "lower --lr; nothing was saved");
}

/// Sets the counter of the dropouts' random numbers to a value that depends on
/// the seed; with seed 0 it is the initial value of the state.
static void seedDropouts(const Program &program, AlignedBuffer &state,
                         uint64_t seed) {
  for (const ParameterInfo &parameter : program.getParameters()) {
    if (parameter.role != train::ParameterRole::random)
      continue;
    uint64_t first = seed * 0x9e3779b97f4a7c15;
    std::memcpy(state.data() + parameter.offset, &first, sizeof(first));
  }
}

/// Explains a loss that is not finite before the first update, when no learning
/// rate has been used. `outputs` are those of the step.
static Error explainFirstLoss(const Program &program,
                              ArrayRef<HostTensor> outputs, int64_t step,
                              double loss) {
  std::string where = "step " + std::to_string(step + 1);
  std::string what = "the loss of the model as it is, before any update, is " +
                     formatNumber(loss);
  AlignedBuffer initial = program.createState();
  for (const ParameterInfo &parameter : program.getParameters())
    if (parameter.isInFile())
      if (auto value = findNotFinite(program.getParameter(parameter, initial)))
        return userError(where,
                         what + formatv(": its parameter '{0}' holds {1}",
                                        parameter.getName(),
                                        formatNumber(*value))
                                    .str(),
                         "mend the file; nothing was saved");
  const EntryInfo &info = program.entry(EntryKind::Step);
  for (size_t i : info.getOutputs(EntryRole::output))
    if (auto value = findNotFinite(outputs[i]))
      return userError(
          where,
          what + formatv(": its output '{0}' holds {1}, though images and "
                         "parameters are finite",
                         info.outputs[i].name, formatNumber(*value))
                     .str(),
          "look for a division by 0, a logarithm, or images of another scale "
          "(--mean, --std); 'coppice eval' prints the loss; nothing was saved");
  return userError(where, what + ", though its outputs are finite",
                   "take another --loss, or targets of another scale; nothing "
                   "was saved");
}

Expected<TrainResult>
train(Program &program, AlignedBuffer &state, const DataSet &data,
      const DataSet *evalData, const TrainerOptions &options,
      function_ref<void(int64_t, const EpochResult &)> report) {
  const EntryInfo &info = program.entry(EntryKind::Step);
  const TensorInfo &inputInfo = info.getInput(EntryRole::input);
  const TensorInfo &labelInfo = info.getInput(EntryRole::label);
  HostTensor input(inputInfo.kind, inputInfo.shape);
  HostTensor labels(labelInfo.kind, labelInfo.shape);
  HostTensor rate(info.getInput(EntryRole::hyper).kind, {});
  auto inputs = info.arrange({{EntryRole::input, &input},
                              {EntryRole::label, &labels},
                              {EntryRole::hyper, &rate}});
  if (train::getScoreRange(options.loss)) {
    Expected<HostTensor> inferred = inferBatch(program, state, data, 0);
    if (!inferred)
      return inferred.takeError();
    if (Error error = checkScores(*inferred, options.loss))
      return std::move(error);
  }
  seedDropouts(program, state, options.seed);
  SmallVector<HostTensor> outputs = program.createOutputs(EntryKind::Step);
  const HostTensor &lossTensor = outputs[info.getOutputs(EntryRole::loss)[0]];
  SmallVector<size_t> modelOutputs = info.getOutputs(EntryRole::output);
  const HostTensor *scores =
      modelOutputs.empty() ? nullptr : &outputs[modelOutputs[0]];
  int64_t batch = input.getShape().front(), count = data.images.size();
  int64_t batches = count / batch;
  int64_t steps = batches * options.epochs;
  if (options.maxSteps)
    steps = std::min(steps, options.maxSteps);

  TrainResult result;
  for (int64_t epoch = 0, step = 0; step < steps; ++epoch) {
    SmallVector<int64_t> order;
    if (options.shuffle) {
      order = shuffledOrder(count, options.seed, epoch);
    } else {
      order.resize(count);
      for (int64_t i = 0; i < count; ++i)
        order[i] = i;
    }
    Random flips(options.seed, flipStream + epoch);
    Stopwatch watch;
    EpochResult current;
    int64_t right = 0, done = 0;
    double chance = 0;
    int64_t length = std::min(batches, steps - step);
    Progress bar(formatv("epoch {0}/{1}", epoch + 1, options.epochs).str(),
                 length, options.quiet, options.progress);
    for (; done < length; ++done, ++step) {
      for (int64_t row = 0; row < batch; ++row) {
        int64_t index = order[done * batch + row];
        bool flip = options.flip && flips.below(2);
        data.images.fill(index, flip, row, input);
        data.labels.fill(index, row, labels);
      }
      double learningRate = options.learningRate;
      if (options.cosine)
        learningRate *= 0.5 * (1 + std::cos(M_PI * step / steps));
      rate.set(0, learningRate);
      if (Error error = program.run(EntryKind::Step, inputs, outputs, state))
        return std::move(error);

      double loss = lossTensor.getAsDouble(0);
      if (!std::isfinite(loss) && step < options.accumulate)
        return explainFirstLoss(program, outputs, step, loss);
      if (!std::isfinite(loss))
        return userError("step " + Twine(step + 1),
                         "the loss is " + formatNumber(loss),
                         "lower --lr; nothing was saved");
      double first = result.stepLosses.empty() ? loss : result.stepLosses[0];
      double known = scores ? chanceLoss(options.loss, *scores, labels) : 0;
      chance += known;
      if (scores && isDiverged(loss, first, known))
        return userError("step " + Twine(step + 1),
                         formatv("the run has diverged: the loss is {0}, {1} "
                                 "at first",
                                 format("%.4g", loss), format("%.4g", first))
                             .str(),
                         "lower --lr; nothing was saved");
      result.stepLosses.push_back(loss);
      current.loss += loss;
      if (data.labels.areClasses() && scores)
        for (int64_t row = 0; row < batch; ++row)
          right += predictedClass(*scores, row) ==
                   data.labels.getClass(order[done * batch + row]);
      bar.update(done + 1,
                 formatv("loss {0:f4}", current.loss / (done + 1)).str());
    }
    bar.finish();
    current.loss /= done;
    if (scores)
      if (Error error = checkEpoch(program, data, options.loss, epoch,
                                   current.loss, chance / done))
        return std::move(error);
    current.top1 = static_cast<double>(right) / (done * batch);
    if (evalData) {
      Expected<EvalResult> eval =
          evaluate(program, state, *evalData, options.loss, options.quiet,
                   options.progress);
      if (!eval)
        return eval.takeError();
      current.eval = *eval;
    }
    current.seconds = watch.seconds();
    report(epoch, current);
    result.epochs.push_back(std::move(current));
  }
  return std::move(result);
}

} // namespace coppice::runtime
