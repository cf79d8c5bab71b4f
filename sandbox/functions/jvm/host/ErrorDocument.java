/** A function's fault as Lambda's Java runtime reports it: errorMessage, errorType, stackTrace, cause. */
final class ErrorDocument {
  /** A chain of causes may be circular. */
  private static final int MOST_CAUSES = 10;

  private ErrorDocument() {}

  static String of(Throwable fault) {
    StringBuilder json = new StringBuilder();
    write(fault, json, 0);
    return json.toString();
  }

  private static void write(Throwable fault, StringBuilder json, int depth) {
    json.append("{\"errorMessage\":").append(quoted(String.valueOf(fault.getMessage())));
    json.append(",\"errorType\":").append(quoted(fault.getClass().getName()));
    json.append(",\"stackTrace\":[");
    String separator = "";
    for (StackTraceElement frame : fault.getStackTrace()) {
      json.append(separator).append(quoted(frame.toString()));
      separator = ",";
    }
    json.append("]");
    if (fault.getCause() != null && depth < MOST_CAUSES) {
      json.append(",\"cause\":");
      write(fault.getCause(), json, depth + 1);
    }
    json.append("}");
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < ' ' || Character.isSurrogate(c)) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}
