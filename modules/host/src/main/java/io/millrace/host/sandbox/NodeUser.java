package io.millrace.host.sandbox;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The user of the node itself: nothing is in between. */
record NodeUser() implements RunUser {

    @Override
    public List<String> programs() {
        return List.of();
    }

    @Override
    public boolean isOther() {
        return false;
    }

    @Override
    public String name() {
        return "the node's user";
    }

    @Override
    public Optional<Path> obstacleToEnter(Path directory) {
        return obstacleToExecute(directory);
    }

    @Override
    public Optional<Path> obstacleToExecute(Path file) {
        return Files.isExecutable(file) ? Optional.empty() : Optional.of(file);
    }

    @Override
    public boolean seemsAbleToExecute(Path file) {
        return Files.isExecutable(file);
    }

    @Override
    public String advice(Path obstacle) {
        return "Change its permissions (chmod +x).";
    }

    @Override
    public void take(Path directory) {
        // It is the node's already.
    }

    @Override
    public Launch launch(List<String> command, Map<String, String> environment, String kept, Confinement confinement) {
        return confinement.isAny()
                ? CarriedCommand.launch(confinement.programs(), confinement.preparation(), command, environment, kept)
                : new Launch(command, environment);
    }
}
