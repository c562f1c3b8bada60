# Builds the distribution for the scripts beside this directory, when it is missing or older than the sources; source
# it, do not run it. Needs lib/jdk.sh, `root` as the absolute path of the project, and that as the working directory.

distribution=modules/node/target/distribution/lib

is_distribution_current() {
    local marker="$distribution/.built"
    [ -e "$marker" ] || return 1
    [ -z "$(find pom.xml modules -name target -prune -o \( -path '*/src/main/*' -o -name pom.xml \) -newer "$marker" \
        -type f -print -quit)" ]
}

build_distribution() {
    if is_distribution_current; then
        return 0
    fi
    if ! command -v mvn >/dev/null 2>&1; then
        echo "Millrace has to be built first, and Maven (mvn) was not found. Install Maven 3.8.6 or newer." >&2
        exit 1
    fi
    echo "Building Millrace (only when its sources have changed) ..." >&2
    local log
    log=$(mktemp "${TMPDIR:-/tmp}/millrace-build.XXXXXX")
    if ! mvn -q -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -pl modules/node -am package >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "The build failed; the whole output is in $log" >&2
        exit 1
    fi
    rm -f "$log"
    touch "$distribution/.built"
}

# Flags of every node's JVM. The first three keep the JDK from warning about what Pekko does; native access is for
# signals to process groups; compact headers make every object smaller.
node_java_flags() {
    printf '%s\n' \
        --sun-misc-unsafe-memory-access=allow \
        --add-opens=java.base/java.lang=ALL-UNNAMED \
        --enable-native-access=ALL-UNNAMED \
        -XX:+UseCompactObjectHeaders \
        -XX:+ExitOnOutOfMemoryError
}
