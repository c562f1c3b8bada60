package io.millrace.storage.embedded;

import java.nio.file.Path;

/** A process that starts the private database of a directory and then waits to be killed. */
public final class DatabaseProcess {
    static final String READY = "ready ";

    private DatabaseProcess() {}

    public static void main(String[] arguments) throws Exception {
        DataDirectory directory = DataDirectory.open(Path.of(arguments[0]));
        PrivateDatabase database = PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT);
        System.out.println(READY + database.wasTakenOver());
        System.in.read();
    }
}
