package io.millrace.channel.script;

/** Knows the files of one tool, and how what they name is started. */
@FunctionalInterface
interface ScriptSource {

    /** Adds what the tool can start in the directory; nothing if it has no file there. */
    void find(ProjectDirectory directory);
}
