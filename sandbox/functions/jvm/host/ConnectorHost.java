import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/**
 * Runs a Lambda function's handler, one invocation after the other, for the process that started it.
 *
 * <p>Invocations come on standard input and outcomes go to standard output, in the frames of sandbox/connector/frames.ts.
 * What the handler itself prints goes to standard error. The end of standard input ends the process, so that it cannot
 * outlive the one that started it.
 */
public final class ConnectorHost {
  private static final int ANSWER = 0;
  private static final int ERROR = 1;
  private static final int READY = 2;
  private static final int FAILED = 3;

  /** Bytes of a heap that more than a small answer went through. */
  private static final long LARGE_HEAP = 128L << 20;

  private ConnectorHost() {}

  public static void main(String[] args) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    // Before the handler is loaded: its logging keeps the streams that it finds.
    System.setOut(System.err);
    System.setIn(InputStream.nullInputStream());

    RequestStreamHandler handler;
    try {
      handler = (RequestStreamHandler) Class.forName(args[0]).getDeclaredConstructor().newInstance();
    } catch (InvocationTargetException fault) {
      write(out, FAILED, ErrorDocument.of(fault.getCause()));
      return;
    } catch (Throwable fault) {
      write(out, FAILED, ErrorDocument.of(fault));
      return;
    }
    write(out, READY, "");
    while (invokeNext(handler, in, out)) {
      giveBack();
    }
    // Threads of the handler's clients must not keep the process.
    System.exit(0);
  }

  /** False when there is no further invocation. */
  private static boolean invokeNext(RequestStreamHandler handler, DataInputStream in, DataOutputStream out)
      throws IOException {
    Context context;
    byte[] payload;
    try {
      context =
          new InvocationContext(in.readUTF(), in.readUTF(), in.readLong(), in.readInt(), in.readUTF(), in.readUTF());
      payload = new byte[in.readInt()];
      in.readFully(payload);
    } catch (EOFException end) {
      return false;
    }
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      handler.handleRequest(new ByteArrayInputStream(payload), answer, context);
    } catch (OutOfMemoryError fault) {
      // What is left of the process cannot be trusted.
      System.exit(1);
    } catch (Throwable fault) {
      write(out, ERROR, ErrorDocument.of(fault));
      return true;
    }
    write(out, ANSWER, answer);
    return true;
  }

  /** Collects what a large table left behind: the heap shrinks then, and not while the process only waits. */
  private static void giveBack() {
    if (Runtime.getRuntime().totalMemory() > LARGE_HEAP) System.gc();
  }

  private static void write(DataOutputStream out, int kind, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(kind);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.flush();
  }

  private static void write(DataOutputStream out, int kind, ByteArrayOutputStream bytes) throws IOException {
    out.writeByte(kind);
    out.writeInt(bytes.size());
    bytes.writeTo(out);
    out.flush();
  }
}
