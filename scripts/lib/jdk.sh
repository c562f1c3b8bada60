# Finds a JDK 25 for the scripts beside this directory; source it, do not run it.
#
# use_jdk25 exports JAVA_HOME. Looked at, in this order: $JAVA_HOME, `javac` on the PATH, and the places where
# distributions and version managers install JDKs. The machine's default java may be older: Maven and Millrace then
# still run on the JDK found here.
#
# use_maven_on_jdk25 does the same for a script that runs Maven.

is_jdk25() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[".+]' "$1/release"
}

find_jdk25() {
    local candidate on_path
    if [ -n "${JAVA_HOME:-}" ] && is_jdk25 "$JAVA_HOME"; then
        printf '%s\n' "$JAVA_HOME"
        return 0
    fi
    on_path=$(command -v javac 2>/dev/null) && on_path=$(readlink -f "$on_path") || on_path=""
    for candidate in "${on_path%/bin/javac}" /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* \
        "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
        "${HOME:-/nonexistent}"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

use_jdk25() {
    if ! JAVA_HOME=$(find_jdk25); then
        {
            echo "Millrace needs a JDK 25, and none was found."
            echo "Looked at \$JAVA_HOME, the PATH, /usr/lib/jvm, /opt, ~/.sdkman/candidates/java and ~/.jdks."
            echo "Install one, for example Temurin 25, or set JAVA_HOME to it, and run this again."
        } >&2
        exit 1
    fi
    export JAVA_HOME
}

use_maven_on_jdk25() {
    use_jdk25
    # Libraries inside older Maven versions use Unsafe, and JDK 25 warns about it at every start.
    export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}"
}
