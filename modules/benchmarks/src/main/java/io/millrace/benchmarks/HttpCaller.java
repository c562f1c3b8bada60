package io.millrace.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One keep-alive connection on which requests and replies take turns, for measurements that need the reply's content.
 * Plain sockets, because a client library would be a good part of what is measured.
 */
final class HttpCaller implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    HttpCaller(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
        out = socket.getOutputStream();
    }

    /** What the node answered. */
    record Reply(int status, String body) {
        /** The value of a field of text, which must be there and hold no escapes. */
        String text(String field) {
            String before = "\"" + field + "\":\"";
            int from = body.indexOf(before);
            if (from < 0) {
                throw new IllegalStateException("no field '" + field + "' in " + body);
            }
            int start = from + before.length();
            return body.substring(start, body.indexOf('"', start));
        }
    }

    Reply get(String path) throws IOException {
        return call("GET", path, NOTHING);
    }

    Reply put(String path, byte[] content) throws IOException {
        return call("PUT", path, content);
    }

    Reply post(String path, String body) throws IOException {
        return call("POST", path, body.getBytes(StandardCharsets.UTF_8));
    }

    Reply delete(String path) throws IOException {
        return call("DELETE", path, NOTHING);
    }

    private Reply call(String method, String path, byte[] content) throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + (content.length == 0 ? "" : "Content-Type: application/json\r\n")
                + (method.equals("GET") ? "" : "Content-Length: " + content.length + "\r\n") + "\r\n";
        byte[] request = new byte[head.length() + content.length];
        System.arraycopy(head.getBytes(StandardCharsets.US_ASCII), 0, request, 0, head.length());
        System.arraycopy(content, 0, request, head.length(), content.length);
        out.write(request);
        Reply reply = read();
        if (reply.status / 100 != 2) {
            throw new IllegalStateException(method + " " + path + " answered " + reply.status + ": " + reply.body);
        }
        return reply;
    }

    private Reply read() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(
                        header.substring("content-length:".length()).trim());
            }
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the node closed a connection in the middle of a reply");
        }
        return new Reply(status, new String(body, StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the node closed a connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
