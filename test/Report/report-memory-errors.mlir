// RUN: not coppice-opt %s --report-memory="json= html=%t/missing/page.html" 2>&1 | FileCheck %s
// CHECK: error: cannot write '{{.*}}page.html': No such file or directory
module {
}
