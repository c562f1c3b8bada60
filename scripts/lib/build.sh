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
    record_start
    touch "$distribution/.built"
}

# Runs a node once and lets its JVM and that of its process host keep what they loaded, linked and used most, so that
# later starts take less than half the time and are fast from their first seconds on. Only a help: without the files
# everything works the same.
record_start() {
    local data pid waited=0
    data=$(mktemp -d "${TMPDIR:-/tmp}/millrace-first-start.XXXXXX")
    rm -f "$distribution/host.aot"
    mapfile -t flags < <(node_java_flags)
    "$JAVA_HOME/bin/java" "${flags[@]}" "-XX:AOTCacheOutput=$PWD/$distribution/node.aot" \
        "-Dmillrace.host.recording=$PWD/$distribution/host.aot" "-Dmillrace.home=$PWD" \
        -cp "$PWD/$distribution/*" io.millrace.node.Main --config "$PWD/cluster-config/dev.conf" --data "$data" \
        --http-port 0 --management-port 0 --remote-port 0 >"$data.out" 2>&1 </dev/null &
    pid=$!
    until grep -q "Millrace ready" "$data.out" || ! kill -0 "$pid" 2>/dev/null || [ "$waited" -gt 300 ]; do
        waited=$((waited + 1))
        sleep 0.2
    done
    "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -cp "$PWD/$distribution/*" io.millrace.node.quickstart.TrainingRun \
        "$(sed -n 's/^Millrace ready: api \([^ ]*\) .*/\1/p' "$data.out")" >/dev/null 2>&1 || true
    kill -TERM "$pid" 2>/dev/null || true
    if ! wait "$pid"; then
        echo "The first start could not be recorded; nodes will start more slowly." >&2
        rm -f "$distribution/node.aot"
    fi
    # The process host outlives its node by what it takes to write its file, and needs its directory for so long.
    waited=0
    until [ -e "$distribution/host.aot" ] && [ ! -e "$distribution/host.aot.config" ] || [ "$waited" -gt 100 ]; do
        waited=$((waited + 1))
        sleep 0.2
    done
    rm -rf "$data" "$data.out"
}

# Flags of every node's JVM. The first three keep the JDK from warning about what Pekko does; native access is for
# signals to process groups; compact headers make every object smaller; a small first heap keeps an idle node small, and
# it grows with the work. The cache, where there is one, shortens the start; a JVM that cannot use it does without.
node_java_flags() {
    printf '%s\n' \
        --sun-misc-unsafe-memory-access=allow \
        --add-opens=java.base/java.lang=ALL-UNNAMED \
        --enable-native-access=ALL-UNNAMED \
        -XX:+UseCompactObjectHeaders \
        -XX:+ExitOnOutOfMemoryError \
        -XX:+UseG1GC \
        -Xms24m \
        '-Xlog:aot*=off'
    if [ -r "$root/$distribution/node.aot" ]; then
        printf '%s\n' "-XX:AOTCache=$root/$distribution/node.aot"
    fi
}
