package io.millrace.host.limits;

/** Whether a node may make control groups for its attempts. */
public enum ControlGroupUse {
    /**
     * Below its own group if that is the topmost one the node can see, or was handed over to it by whoever made it
     * ({@code Delegate=yes}). Any other group has another owner, who counts on what is in it.
     */
    AUTO,
    /** Below its own group, whoever made that. */
    OWN,
    /** Never. */
    NONE
}
