package io.millrace.host.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whom a command runs as, and how it is started as that user. Every call may touch files. */
public sealed interface RunUser permits NodeUser, OtherUser {

    /**
     * What is given to the system to start.
     *
     * @param arguments the first is the path of the program
     */
    record Launch(List<String> arguments, Map<String, String> environment) {
        public Launch {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    /** What changes the user and then starts the arguments that follow; empty for the node's own. */
    List<String> programs();

    /** True for a user other than the node's. */
    boolean isOther();

    /** How messages name the user. */
    String name();

    /** The directory or file that keeps the user from entering a directory, absent if nothing does. */
    Optional<Path> obstacleToEnter(Path directory);

    /** The directory or file that keeps the user from executing a file, absent if nothing does. */
    Optional<Path> obstacleToExecute(Path file);

    /** True if the permissions of a file and of the way to it let the user execute it; nothing is tried to find out. */
    boolean seemsAbleToExecute(Path file);

    /** What can be done about an obstacle, as the end of a message. */
    String advice(Path obstacle);

    /** Makes a directory of the node the user's own. Nobody else may be able to write to the directory it is in. */
    void take(Path directory) throws IOException;

    /**
     * What starts a command as this user.
     *
     * @param command arguments, the first is found along {@code PATH} unless it has a slash
     * @param kept name of a variable that is in the environment from the first moment on
     * @param confinement what the command is locked up in
     */
    Launch launch(List<String> command, Map<String, String> environment, String kept, Confinement confinement);
}
