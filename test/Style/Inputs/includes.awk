# Reads the table of layers in docs/Architecture.md, then lines
# `FILE INCLUDED`. Prints the includes that break the order of the layers: a
# room includes its own files and those of lower layers.

# A row: `| 5, in this order | `room` `room` | ... |`. A name may end in `*` and
# may have one in its middle, which stands for one folder.
FILENAME ~ /Architecture\.md$/ {
  if (!match($0, /^\| [0-9]+[^|]*\|/)) next
  split($0, cell, "|")
  number = cell[2] + 0
  count = split(cell[3], part, "`")
  for (i = 2; i <= count; i += 2) {
    if (cell[2] ~ /in this order/) number += 0.01
    pattern[++rows] = "^" part[i] "/"
    gsub(/\*/, "[^/]+", pattern[rows])
    level[rows] = number
  }
  if (cell[3] ~ /python-free-frontends/) {
    split(cell[4], words, / to /)
    frontendsMay = words[2] + 0.99
  }
  next
}
# Gradients and needs of memory are methods of the ops.
function place(path) {
  sub(/^coppice\//, "include/coppice/", path)
  sub(/^dialects\/NN\/(Gradients|Planning)\//, "dialects/NN/IR/", path)
  return path
}
function find(path,  i) {
  for (i = 1; i <= rows; ++i)
    if (path ~ pattern[i]) return i
  return 0
}
function room(path, row) {
  match(path, pattern[row])
  return substr(path, 1, RLENGTH)
}
{
  if (rows == 0) { print "docs/Architecture.md has no table of layers"; exit }
  from = place($1); to = place($2)
  fromRow = find(from)
  if (!fromRow) { print $1 " is in no layer"; next }
  if (to ~ /^(mlir|llvm)\//) {
    # The planning library's headers too.
    if ((level[fromRow] == 3 || from ~ /^include\/coppice\/Planning\//) &&
        to ~ /^mlir\//)
      print $1 " includes " $2 ", and its room is without MLIR"
    next
  }
  toRow = find(to)
  if (!toRow) { if (to ~ /\//) print $1 " includes " $2 ", which is in no layer"; next }
  if (room(from, fromRow) == room(to, toRow)) next
  if (level[toRow] >= level[fromRow])
    print $1 " includes " $2 " of a layer that is not below it"
  else if (from ~ /^python-free-frontends\// && level[toRow] > frontendsMay)
    print $1 " includes " $2 ", more than ops and the public headers"
}
