// RUN: coppice-opt %s --plan-verify --verify-diagnostics --split-input-file

// Attributes that passes and reports read are checked when a file is read.

// expected-error @below {{"plan.arena_bytes" must be an i64 of 0 or more, not "many"}}
func.func private @arena_bytes() attributes {plan.arena_bytes = "many"}

// -----

// expected-error @below {{"plan.lower_bound_bytes" must be an i64 of 0 or more, not -1 : i64}}
func.func private @lower_bound() attributes {plan.lower_bound_bytes = -1 : i64}

// -----

// expected-error @below {{"plan.schedule": "a" must be an i64 of 0 or more, not "b"}}
func.func private @bytes() attributes {plan.schedule = {a = "b"}}

// -----

// expected-error @below {{"plan.schedule" must be a dictionary, not 3 : i64}}
func.func private @schedule() attributes {plan.schedule = 3 : i64}

// -----

// expected-error @below {{train.state_bytes must be an i64 of 0 or more, not -64 : i64}}
module attributes {train.state_bytes = -64 : i64} {}
