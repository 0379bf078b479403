# Reads C++ files. Prints each `isa`, `IsaPred` or `Case` that names two or more
# ops of one of our dialects outside of that dialect's room.
FNR == 1 { check(); text = ""; file = FILENAME }
{ sub(/\/\/.*/, ""); text = text " " $0 }
END { check() }

function own(file) {
  if (file ~ /^dialects\/NN\//) return "nn"
  if (file ~ /^dialects\/LowP\//) return "lowp"
  if (file ~ /^dialects\/Train\//) return "train"
  if (file ~ /^dialects\/Plan\//) return "plan"
  return ""
}
function check(  list, names, op, count) {
  while (match(text, /(isa|isa_and_nonnull|isa_and_present|IsaPred|Case) *<[^<>;(){}]*>/)) {
    list = names = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    count = 0
    while (match(names, /(nn|lowp|train|plan)::[A-Za-z0-9]+Op[,> ]/)) {
      op = substr(names, RSTART, RLENGTH)
      names = substr(names, RSTART + RLENGTH - 1)
      if (substr(op, 1, index(op, ":") - 1) != own(file)) ++count
    }
    gsub(/ +/, " ", list)
    if (count > 1) print file ": " list
  }
}
