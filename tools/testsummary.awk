# Reads `go test -v ./...`, followed by a line "go test ended with N". Prints one line for each
# package, the full output of a failed package, and the number of passed and failed tests.
# Exits non-zero if go test did.

/^=== (RUN|PAUSE|CONT|NAME) / { next }
/^[ \t]*--- PASS: / { passed++; next }
/^[ \t]*--- SKIP: / { skipped++ }
/^[ \t]*--- FAIL: / { failed++; named++ }

/^go test ended with [0-9]+$/ { status = $NF; ended = 1; next }

/^ok[ \t]+/ { print; fflush(); written = ""; next }
/^\?[ \t]+/ { written = ""; next }

# A package that does not build, panics or runs out of time fails without naming a test.
/^FAIL[ \t]+[^ \t]+/ {
	printf "%s%s\n", written, $0
	fflush()
	written = ""
	failedPackages = failedPackages "\n  " $2
	if (!named) failed++
	named = 0
	next
}

{ written = written $0 "\n" }

END {
	if (!ended) status = 1
	if (status != 0) printf "%s", written
	if (failedPackages) print "\nfailed packages:" failedPackages
	if (status != 0 && !failed) failed = 1
	printf "%d passed, %d failed", passed, failed
	if (skipped) printf ", %d skipped", skipped
	printf "\n"
	exit status != 0
}
