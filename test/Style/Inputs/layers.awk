# Reads lines `FILE INCLUDED`, prints the pairs of rooms that break the order of
# the layers: a room includes its own files and those of lower layers.
function room(path,  part, n) {
  n = split(path, part, "/")
  if (path ~ /^(include\/)?coppice\//) return "include"
  if (part[1] == "dialects")
    return (part[3] == "Gradients" || part[3] == "Planning") \
        ? "dialects/" part[2] "/IR" : "dialects/" part[2] "/" part[3]
  if (part[1] == "lib")
    return "lib/" part[2] (part[2] == "Target" ? "/" part[3] : "")
  return part[1]
}
function layer(r) {
  if (r ~ /^(include|runtime)$/) return 0
  if (r == "lib/Support") return 1
  if (r ~ /^lib\/(Planning|Quantization)$/) return 2
  if (r ~ /^dialects\/.*\/Interfaces$/) return 3
  if (r == "dialects/LowP/IR") return 4
  if (r == "dialects/NN/IR") return 5
  if (r == "dialects/Train/IR") return 6
  if (r ~ /^dialects\/.*\/IR$/) return 7
  if (r ~ /^dialects\/.*\/Analysis$/) return 8
  if (r ~ /^dialects\/.*\/Transforms$/) return 9
  if (r ~ /^lib\/(Kernels|Conversion)$/) return 10
  if (r ~ /^lib\/Target\//) return 11
  if (r ~ /^(lib\/(Reduce|Report)|python-free-frontends)$/) return 12
  if (r == "lib/Pipelines") return 13
  if (r == "lib/Runtime") return 14
  if (r == "lib/Reference") return 14.5
  if (r == "lib/Driver") return 15
  if (r == "lib/RandomGraphs") return 16
  if (r ~ /^(tools|benchmarks|examples)$/) return 17
  return -1
}
{
  from = room($1); to = room($2)
  if (from == to) next
  if (layer(from) < 0 || layer(to) < 0)
    print $1 " includes " $2 ", and one of them is in no layer"
  else if (layer(to) >= layer(from))
    print $1 " includes " $2 " of a layer that is not below it"
  # A front end makes IR and nothing else.
  else if (from == "python-free-frontends" && layer(to) > 7)
    print $1 " includes " $2 ", more than dialects and the public headers"
}
