using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Makes a new token and shows it: its text alone, so that a script can take it, or all as JSON.</summary>
internal static class NewTokenOutput
{
    /// <summary>Makes it, with an undo file beside.</summary>
    /// <param name="call">The run.</param>
    /// <param name="undoPath">The undo file.</param>
    /// <param name="did">What was done, up to the new token's id.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="write">Shows it.</param>
    /// <param name="canBeTakenBack">The system can undo it.</param>
    public static async Task Make(Call call, string undoPath, string did, Func<UndoLog, Task<NewToken>> make, Func<NewToken, Task> write, bool canBeTakenBack)
    {
        using var undo = UndoLog.Create(undoPath);
        NewToken made;
        var isWhole = false;
        try
        {
            made = await make(undo);
        }
        finally
        {
            isWhole = undo.Close();
        }
        var path = ChangeRun.Quoted(undo.Path);
        var back = !isWhole ? $"The disk did not take the undo file {path} to its end. To take the token back: patrol revoke {made.Token.Id}"
            : canBeTakenBack ? $"To take it back: patrol undo {path}" : $"Which token it was stands in {path}";
        try
        {
            await write(made);
        }
        catch (IOException fault) when (made.Text is not null)
        {
            throw new CliFailure(
                ExitCode.SomeRefused,
                $"{did} {made.Token.Id} of {made.Token.Owner}, but its text could not be written ({fault.Message.TrimEnd('.')}) and is lost. To revoke it: patrol revoke {made.Token.Id}\n{back}", fault);
        }
        call.Screen.Say(back);
    }

    /// <exception cref="CliFailure">The format has no place for a text; nothing has been made yet.</exception>
    public static void Demand(OutputFormat format)
    {
        if (format == OutputFormat.Csv)
            throw CliFailure.Usage("--format csv has no place for a token's text: use json.");
    }

    public static async Task Write(Call call, OutputFormat format, string did, NewToken made, string warning = "")
    {
        if (format == OutputFormat.Json)
        {
            new TokenJson(call.Screen.Data, call.Today).WriteObject(made.Token, made.Text is { } text ? $", \"token\": \"{JsonText.Escape(text.Reveal())}\"" : "");
            call.Screen.Data.Byte((byte)'\n');
        }
        else if (made.Text is { } text)
        {
            call.Screen.Print(text.Reveal());
        }
        await call.Screen.Flush();
        if (call.Screen.IsUnread)
            throw new IOException("nobody reads standard output");
        var token = made.Token;
        var once = made.Text is null ? "" : " Its text is shown this once.";
        call.Screen.Say($"{did} {token.Id} '{token.Name}' of {token.Owner}: {string.Join(", ", token.Scopes)}; {Until(token.ExpiresAt)}.{warning}{once}");
    }

    public static string Until(DateOnly? day) => day is { } given ? $"expires on {given:yyyy-MM-dd}" : "never expires";
}
