package io.millrace.channel.script;

import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.util.regex.Pattern;

/** The characters of a TOML text from its beginning to its end, and its smallest parts. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class TomlScanner {
    private static final char END = '\0';

    private final String text;
    private int position;

    TomlScanner(String text) {
        this.text = text;
    }

    boolean isAtEnd() {
        return position >= text.length();
    }

    boolean isAt(char expected) {
        return current() == expected && !isAtEnd();
    }

    private char current() {
        return isAtEnd() ? END : text.charAt(position);
    }

    /** Goes over a text if it comes next. */
    boolean takes(String expected) {
        boolean isNext = text.startsWith(expected, position);
        position += isNext ? expected.length() : 0;
        return isNext;
    }

    void require(String expected) throws IOException {
        skipBlanks();
        if (!takes(expected)) {
            throw refused("'" + expected + "' is missing");
        }
    }

    void requireEndOfLine() throws IOException {
        skipBlanks();
        if (isAt('#')) {
            skipComment();
        }
        if (!isAtEnd() && !isAt('\n') && !isAt('\r')) {
            throw refused("something follows a value");
        }
    }

    void skipBlanks() {
        while (isAt(' ') || isAt('\t')) {
            position++;
        }
    }

    /** Goes over blanks, ends of lines and comments. */
    void skipLines() {
        while (isAt(' ') || isAt('\t') || isAt('\n') || isAt('\r') || isAt('#')) {
            if (isAt('#')) {
                skipComment();
            } else {
                position++;
            }
        }
    }

    private void skipComment() {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
    }

    String matching(Pattern form, String what) throws IOException {
        var matcher = form.matcher(text).region(position, text.length());
        if (!matcher.lookingAt()) {
            throw refused(what + " is missing");
        }
        position = matcher.end();
        return matcher.group();
    }

    /** A text in one of the four kinds of quotes, on which it stands. */
    String string() throws IOException {
        String quote = String.valueOf(current());
        boolean isMultiLine = text.startsWith(quote.repeat(3), position);
        String end = isMultiLine ? quote.repeat(3) : quote;
        position += end.length();
        if (isMultiLine && !takes("\n")) {
            takes("\r\n");
        }
        var content = new StringBuilder();
        while (!isEndOfString(end)) {
            readCharacter(content, quote, isMultiLine);
        }
        position += end.length();
        return content.toString();
    }

    /** Up to two quotes may stand directly before the three that end a text of several lines. */
    private boolean isEndOfString(String end) {
        return text.startsWith(end, position) && (end.length() == 1 || !text.startsWith(end, position + 1));
    }

    private void readCharacter(StringBuilder content, String quote, boolean isMultiLine) throws IOException {
        if (isAtEnd() || (!isMultiLine && isAt('\n'))) {
            throw refused("the quote that ends a text is missing");
        }
        if (isAt('\\') && quote.equals("\"")) {
            position++;
            readEscape(content);
        } else {
            content.append(text.charAt(position++));
        }
    }

    private void readEscape(StringBuilder content) throws IOException {
        char escape = current();
        position++;
        switch (escape) {
            case 'b' -> content.append('\b');
            case 't' -> content.append('\t');
            case 'n' -> content.append('\n');
            case 'f' -> content.append('\f');
            case 'r' -> content.append('\r');
            case '"', '\\' -> content.append(escape);
            case 'u' -> content.appendCodePoint(codePoint(4));
            case 'U' -> content.appendCodePoint(codePoint(8));
            case ' ', '\t', '\n', '\r' -> skipLineBreak();
            default -> throw refused("'\\" + PlainText.of(String.valueOf(escape)) + "' stands for nothing");
        }
    }

    private void skipLineBreak() {
        while (isAt(' ') || isAt('\t') || isAt('\n') || isAt('\r')) {
            position++;
        }
    }

    private int codePoint(int digits) throws IOException {
        String hexadecimal = text.substring(position, Math.min(position + digits, text.length()));
        if (hexadecimal.length() == digits && hexadecimal.matches("[0-9A-Fa-f]+")) {
            long codePoint = Long.parseLong(hexadecimal, 16);
            if (codePoint <= Character.MAX_CODE_POINT) {
                position += digits;
                return (int) codePoint;
            }
        }
        throw refused("'" + PlainText.of(hexadecimal) + "' is no character");
    }

    /** The failure, with the line it was found in. */
    IOException refused(String reason) {
        long line = 1
                + text.substring(0, Math.min(position, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        return new IOException("line " + line + ": " + reason);
    }
}
