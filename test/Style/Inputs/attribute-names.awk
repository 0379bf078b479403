# Reads lines `FILE:"NAME"`. Prints the names that stand in two folders.
{
  colon = index($0, ":")
  folder = substr($0, 1, colon - 1)
  sub(/\/[^\/]*$/, "", folder)
  name = substr($0, colon + 1)
  if (name in first && first[name] != folder && !(name in told)) {
    print name " stands in " first[name] " and in " folder \
          "; give it a name in dialects/Coppice/IR/Names.h"
    told[name] = 1
  }
  if (!(name in first)) first[name] = folder
}
