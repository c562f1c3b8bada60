package io.millrace.domain.resource.history;

/** A defect put into a ledger to see whether it is noticed. */
enum Flaw {
    NONE(""),
    /** Some of what is back stays charged. */
    FORGETS_RETURNED("in use"),
    /** What is given up is credited before it is back. */
    CREDITS_EARLY("in use"),
    /** Some grants are charged once more. */
    CHARGES_TWICE("in use"),
    /** Of a wish for several things, only the first one is asked for. */
    GRANTS_IN_PART("only a part"),
    /** A lowered limit is not followed. */
    FORGETS_LOWERED_LIMITS("limit"),
    /** Who came later is served first. */
    SERVES_LATER_FIRST("overtook"),
    /** Some wishes hear nothing. */
    LOSES_ANSWERS("left out"),
    /** Some wishes are answered again. */
    ANSWERS_TWICE("has ended already"),
    /** The node is not told that a wish was given up. */
    KEEPS_WISHES_AT_NODE("still at the node"),
    /** What is due does not always end. */
    OVERLOOKS_TIME("left out"),
    /** The end of an owner is not noticed. */
    KEEPS_WHAT_OWNERS_LEFT("left out"),
    /** A cleanup withholds nothing, and grants go on. */
    GRANTS_DURING_CLEANUPS("during a cleanup"),
    /** What a cleanup withheld belongs to its holders again when it has succeeded. */
    RESTORES_WHAT_WAS_CLEANED_UP("left out");

    private final String breach;

    Flaw(String breach) {
        this.breach = breach;
    }

    /** What is said about it in the message of the broken promise. */
    String breach() {
        return breach;
    }
}
