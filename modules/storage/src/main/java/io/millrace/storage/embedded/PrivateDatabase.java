package io.millrace.storage.embedded;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private PostgreSQL server in a node's data directory, on a loopback port, with a generated password.
 *
 * <p>The server is no child of the node. When the node is killed, it runs on with every committed transaction, and the
 * next node on the directory finds it through {@code postmaster.pid} and takes it over. Only {@link #stop} ends it. What
 * was left by a server that was killed itself is recovered by the next start.
 *
 * <p>Files, below {@code postgres} in the data directory: {@code data} is the server's own, {@code log} has a file per
 * weekday, {@code password} and {@code url} are readable for their owner alone. The URL is for further nodes on the same
 * machine that share the database; the port stays the same from start to start while nobody else takes it.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class PrivateDatabase {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateDatabase.class);

    private static final String USER = "millrace";
    private static final String DATABASE = "millrace";
    private static final String MAINTENANCE_DATABASE = "postgres";
    private static final String VERSION = "18";
    private static final int PASSWORD_BYTES = 32;

    /** A free port may be taken before the server has it, and another node's start may be ahead by a moment. */
    private static final int START_ATTEMPTS_MAX = 4;

    private static final Duration INIT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STOP_TIMEOUT = Duration.ofMinutes(2);
    private static final long POLL_MILLIS = 50;

    private final ServerFiles files;
    private final PrivateDatabaseSettings settings;
    private final PostgresBinaries binaries;
    private final ServerAccount account;
    private final String password;
    private int port;
    private boolean wasTakenOver;

    private PrivateDatabase(
            ServerFiles files,
            PrivateDatabaseSettings settings,
            PostgresBinaries binaries,
            ServerAccount account,
            String password) {
        this.files = files;
        this.settings = settings;
        this.binaries = binaries;
        this.account = account;
        this.password = password;
    }

    /**
     * Starts the server of a data directory, or takes over the one that runs there. Returns once it accepts clients.
     *
     * @throws MillraceException INVALID_ARGUMENT on a platform without programs for it, INVALID_STATE if the directory
     *     holds data of another PostgreSQL version or has lost its password, UNAVAILABLE if the server does not start
     */
    public static PrivateDatabase start(DataDirectory directory, PrivateDatabaseSettings settings) {
        try {
            PrivateDatabase database = prepare(directory, settings);
            database.run();
            return database;
        } catch (IOException e) {
            throw failure("could not be prepared in " + directory.path() + ": " + e);
        }
    }

    private static PrivateDatabase prepare(DataDirectory directory, PrivateDatabaseSettings settings)
            throws IOException {
        ServerFiles files = new ServerFiles(directory.path(), directory.subdirectory("postgres"));
        ServerAccount account = ServerAccount.choose(files.data(), settings.serverUser());
        Path cache = settings.binaries() == null ? PostgresBinaries.userCache(files.root()) : settings.binaries();
        PostgresBinaries binaries = PostgresBinaries.below(account.isOtherUser() ? files.root() : cache);
        return new PrivateDatabase(files, settings, binaries, account, password(files));
    }

    private static String password(ServerFiles files) throws IOException {
        Optional<String> known = OwnerOnly.read(files.password());
        if (known.isPresent()) {
            return known.get();
        }
        if (Files.exists(files.data())) {
            throw Problem.of(
                            ErrorCode.INVALID_STATE,
                            "Storage",
                            "The embedded PostgreSQL in " + files.data() + " has data, but its password file "
                                    + files.password() + " is missing. Put the file back from your backup of the data "
                                    + "directory.")
                    .asException();
        }
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        OwnerOnly.write(files.password(), password + "\n");
        return password;
    }

    private void run() throws IOException {
        if (!Files.exists(files.data())) {
            initialize();
        }
        requireVersion();
        if (!takeOver()) {
            startServer();
        }
        createDatabase();
        OwnerOnly.write(files.url(), address().toUrl() + "\n");
    }

    /** Where the server is, for clients on this machine. */
    public DatabaseAddress address() {
        return address(DATABASE);
    }

    /** True if the server ran already. */
    public boolean wasTakenOver() {
        return wasTakenOver;
    }

    /**
     * True if the server's process runs, which may not accept clients yet.
     *
     * @throws MillraceException UNAVAILABLE if that cannot be found out
     */
    boolean isAlive() {
        try {
            return Postmaster.of(files.data()).map(Postmaster::isAlive).orElse(false);
        } catch (IOException e) {
            throw failure("could not be looked for: " + e);
        }
    }

    /**
     * Starts the server again after it ended by itself. The port stays the same, because clients hold on to it. Returns
     * once the server accepts clients.
     *
     * @throws MillraceException UNAVAILABLE if it does not start, which may be for now only: processes that the old server
     *     left behind may still end, the recovery may last longer than a start is waited for, or the port may be taken
     */
    void restart() {
        try {
            if (isAlive()) {
                requireAccepting("runs, and accepts no clients yet.");
                return;
            }
            requireSuccess("did not start again", startAtPort());
            requireAccepting("was started again, and accepts no clients yet.");
        } catch (IOException e) {
            throw failure("could not be started again: " + e);
        }
    }

    private void requireAccepting(String otherwise) {
        if (!accepts(port)) {
            throw failure(otherwise);
        }
    }

    /**
     * Stops the server: clients are cut off, open transactions are rolled back, committed ones are safe. Returns once it
     * has ended; does nothing if it does not run.
     *
     * @throws MillraceException UNAVAILABLE if it does not end
     */
    public void stop() {
        try {
            Optional<Postmaster> server = Postmaster.of(files.data());
            if (server.isPresent() && server.get().isAlive()) {
                requireSuccess(
                        "did not stop",
                        control("stop", "-m", "fast", "-w", "-t", Long.toString(STOP_TIMEOUT.toSeconds())));
            }
        } catch (IOException e) {
            throw failure("could not be stopped: " + e);
        }
    }

    // A new data directory

    /** Makes the server's directory under another name first, so that one that is there is complete. */
    private void initialize() throws IOException {
        Path unfinished = files.root().resolve("data.new");
        Directories.delete(unfinished);
        OwnerOnly.directory(unfinished);
        Path passwordFile = Files.createTempFile(files.root(), "password", ".tmp", OwnerOnly.FILE);
        try {
            Files.writeString(passwordFile, password + "\n");
            account.own(unfinished, files.dataDirectory());
            account.own(passwordFile, files.dataDirectory());
            Commands.Result result = Commands.run(
                    account.command(
                            binaries.program("initdb"),
                            List.of(
                                    "--pgdata=" + unfinished,
                                    "--username=" + USER,
                                    "--pwfile=" + passwordFile,
                                    // Never trust: another user of the machine could log in.
                                    "--auth=scram-sha-256",
                                    "--encoding=UTF8",
                                    "--locale=C",
                                    "--no-instructions")),
                    INIT_TIMEOUT);
            requireSuccess("could not initialize " + files.data(), result);
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        Files.writeString(
                unfinished.resolve("postgresql.conf"),
                "\n# Written anew at each start; what stands there wins.\ninclude = '" + ServerFiles.SETTINGS + "'\n",
                StandardOpenOption.APPEND);
        Files.move(unfinished, files.data());
    }

    private void requireVersion() throws IOException {
        String version = OwnerOnly.read(files.data().resolve("PG_VERSION")).orElse("unknown");
        if (!version.equals(VERSION)) {
            throw Problem.of(
                            ErrorCode.INVALID_STATE,
                            "Storage",
                            "The data in " + files.data() + " belongs to PostgreSQL " + version + ", and this version "
                                    + "of Millrace brings PostgreSQL " + VERSION
                                    + ". Run the version that wrote it, or "
                                    + "move the data with pg_dump and MILLRACE_DATABASE_URL.")
                    .asException();
        }
    }

    // Taking over

    private boolean takeOver() throws IOException {
        Instant deadline = Instant.now().plus(settings.startTimeout());
        while (Instant.now().isBefore(deadline)) {
            Optional<Postmaster> server = Postmaster.of(files.data());
            if (server.isEmpty() || !server.get().isAlive()) {
                return false;
            }
            if (server.get().port() > 0 && accepts(server.get().port())) {
                port = server.get().port();
                wasTakenOver = true;
                LOG.info(
                        "Took over the embedded PostgreSQL, process {}, port {}",
                        server.get().pid(),
                        port);
                return true;
            }
            pause();
        }
        LOG.warn("The embedded PostgreSQL runs and accepts no clients; it is stopped and started again.");
        stop();
        return false;
    }

    /** True if the server at a port is the one of this data directory and lets this node in. */
    private boolean accepts(int candidate) {
        try (Connection connection = Database.connect(address(MAINTENANCE_DATABASE, candidate));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW data_directory")) {
            return row.next()
                    && Path.of(row.getString(1))
                            .toRealPath()
                            .equals(files.data().toRealPath());
        } catch (SQLException | IOException e) {
            LOG.debug("The embedded PostgreSQL does not accept clients yet", e);
            return false;
        }
    }

    // Starting

    private void startServer() throws IOException {
        Commands.Result result = new Commands.Result(0, "");
        for (int attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt++) {
            port = attempt == 1 ? usualPort() : freePort();
            result = startAtPort();
            if (result.isSuccess() && accepts(port)) {
                return;
            }
            if (takeOver()) {
                return;
            }
        }
        throw failure("did not start: " + result.output().strip() + " " + files.lastLogLines());
    }

    /** Runs until the server accepts clients, which includes its recovery after a crash, or has given up. */
    private Commands.Result startAtPort() throws IOException {
        forgetForeignNumber();
        writeSettings();
        return control(
                "start",
                "-w",
                "-t",
                Long.toString(settings.startTimeout().toSeconds()),
                "-l",
                files.startLog().toString());
    }

    /** See {@link Postmaster#replaceNumber}. */
    private void forgetForeignNumber() throws IOException {
        Optional<Postmaster> server = Postmaster.of(files.data());
        if (server.isPresent() && server.get().isNumberInUse() && !server.get().isAlive()) {
            Process ended = new ProcessBuilder("true").start();
            if (waitedFor(ended)) {
                server.get().replaceNumber(ended.pid());
            }
        }
    }

    private void writeSettings() throws IOException {
        OwnerOnly.directory(files.log());
        OwnerOnly.write(
                files.data().resolve(ServerFiles.SETTINGS), ServerConfiguration.text(settings, port, files.log()));
        if (!Files.exists(files.startLog())) {
            Files.createFile(files.startLog(), OwnerOnly.FILE);
        }
        account.own(files.log(), files.dataDirectory());
        account.own(files.data(), files.dataDirectory());
    }

    /** The port of last time if it is free, so that a URL that was handed on stays right. */
    private int usualPort() throws IOException {
        Optional<String> url = OwnerOnly.read(files.url());
        if (url.isPresent()) {
            int last = DatabaseAddress.parse(url.get()).port();
            try (ServerSocket probe = new ServerSocket(last, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                LOG.info("Port {} is taken; the embedded PostgreSQL gets another one", last);
            }
        }
        return freePort();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private void createDatabase() {
        try (Connection connection = Database.connect(address(MAINTENANCE_DATABASE));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
            if (!row.next()) {
                try (Statement create = connection.createStatement()) {
                    create.execute("CREATE DATABASE " + DATABASE);
                }
            }
        } catch (SQLException e) {
            throw failure("runs, but its database could not be created: " + e.getMessage());
        }
    }

    // Shared

    private Commands.Result control(String action, String... arguments) {
        List<String> all = new ArrayList<>(List.of(action, "-D", files.data().toString()));
        all.addAll(List.of(arguments));
        Duration limit = settings.startTimeout().plus(STOP_TIMEOUT);
        return Commands.run(account.command(binaries.program("pg_ctl"), all), limit);
    }

    private DatabaseAddress address(String name) {
        return address(name, port);
    }

    private DatabaseAddress address(String name, int serverPort) {
        return new DatabaseAddress("jdbc:postgresql://127.0.0.1:" + serverPort + "/" + name, USER, password);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("was not waited for: the node is stopping");
        }
    }

    private static boolean waitedFor(Process process) {
        try {
            return process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void requireSuccess(String what, Commands.Result result) throws IOException {
        if (!result.isSuccess()) {
            throw failure(what + ": " + result.output().strip() + " " + files.lastLogLines());
        }
    }

    private static MillraceException failure(String what) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "Storage",
                        "The embedded PostgreSQL " + what.strip()
                                + " Look at the files in postgres/log of the data directory, or use a PostgreSQL of "
                                + "your own through MILLRACE_DATABASE_URL.")
                .asException();
    }
}
