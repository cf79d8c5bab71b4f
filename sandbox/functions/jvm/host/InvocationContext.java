import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.nio.charset.StandardCharsets;

/** What Lambda tells a handler about one invocation. */
final class InvocationContext implements Context {
  private final String requestId;
  private final String functionArn;
  private final long deadline;
  private final int memory;
  private final String logGroup;
  private final String logStream;

  /**
   * @param deadline when the function's timeout is over, in milliseconds since 1970
   * @param memory of the function, in MB
   */
  InvocationContext(
      String requestId, String functionArn, long deadline, int memory, String logGroup, String logStream) {
    this.requestId = requestId;
    this.functionArn = functionArn;
    this.deadline = deadline;
    this.memory = memory;
    this.logGroup = logGroup;
    this.logStream = logStream;
  }

  @Override
  public String getAwsRequestId() {
    return requestId;
  }

  @Override
  public String getLogGroupName() {
    return logGroup;
  }

  @Override
  public String getLogStreamName() {
    return logStream;
  }

  @Override
  public String getFunctionName() {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
    return functionArn.split(":")[6];
  }

  @Override
  public String getFunctionVersion() {
    return "$LATEST";
  }

  @Override
  public String getInvokedFunctionArn() {
    return functionArn;
  }

  @Override
  public CognitoIdentity getIdentity() {
    return null;
  }

  @Override
  public ClientContext getClientContext() {
    return null;
  }

  @Override
  public int getRemainingTimeInMillis() {
    return (int) Math.max(0, deadline - System.currentTimeMillis());
  }

  @Override
  public int getMemoryLimitInMB() {
    return memory;
  }

  @Override
  public LambdaLogger getLogger() {
    return new LambdaLogger() {
      @Override
      public void log(String message) {
        System.err.print(message);
      }

      @Override
      public void log(byte[] message) {
        System.err.print(new String(message, StandardCharsets.UTF_8));
      }
    };
  }
}
