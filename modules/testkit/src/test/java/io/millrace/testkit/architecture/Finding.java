package io.millrace.testkit.architecture;

/**
 * A place in compiled code that breaks a rule.
 *
 * @param className binary name
 * @param member name of the method or field
 * @param line line in the source, 0 if the class does not say
 * @param what the construct that was found, for example {@code Thread.sleep}
 */
record Finding(String className, String member, int line, String what) {
    @Override
    public String toString() {
        return what + " in " + className + "." + member + (line > 0 ? " (line " + line + ")" : "");
    }
}
