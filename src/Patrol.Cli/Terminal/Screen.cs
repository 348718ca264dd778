using Patrol.Cli.Output;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>
/// Standard output for data, standard error for everything else, and the person before them, if there is one. Colours only on a
/// terminal, and not where <c>NO_COLOR</c> asks for none.
/// </summary>
internal sealed class Screen
{
    private const int WidthOfFiles = 200;

    private readonly Stream output;
    private readonly TextWriter errors;
    private readonly bool colours;

    public Screen(Stream output, TextWriter errors, bool outputIsTerminal, bool errorsAreTerminal, bool canAsk, bool colours)
    {
        (Data, this.output, this.errors, this.colours) = (new Utf8Writer(output), output, errors, colours);
        (OutputIsTerminal, ErrorsAreTerminal, CanAsk) = (outputIsTerminal, errorsAreTerminal, canAsk);
    }

    /// <summary>Where data goes; buffered, and flushed at the end of the run and before a question.</summary>
    public Utf8Writer Data { get; }

    public bool OutputIsTerminal { get; }

    public bool ErrorsAreTerminal { get; }

    /// <summary>Somebody reads questions and can answer them.</summary>
    public bool CanAsk { get; }

    /// <summary>How many characters fit beside each other where people read messages.</summary>
    public int Width => Canvas(onErrors: true).Profile.Width;

    /// <summary>Data was written that nobody can read any more.</summary>
    public bool IsUnread => output is StandardOutput { IsUnread: true };

    public static Screen OfProcess()
    {
        var plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new Screen(
            OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput(), StandardError(), !Console.IsOutputRedirected, !Console.IsErrorRedirected,
            !Console.IsInputRedirected && !Console.IsErrorRedirected, !plain);
    }

    /// <summary>A line on standard error.</summary>
    public void Say(string line) => Tell($"{Plain.Lines(line)}\n");

    /// <summary>Whether standard error may have colours.</summary>
    public bool Colours => ErrorsAreTerminal && colours;

    /// <summary>Text with control sequences of patrol's own on standard error, for what redraws itself.</summary>
    public void Draw(string text) => Tell(text);

    /// <summary>Text on standard error that no line end follows.</summary>
    public void SayPart(string text) => Tell(Plain.Lines(text));

    /// <summary>A line, or several, of data.</summary>
    public void Print(string lines)
    {
        Data.Text(Plain.Lines(lines));
        Data.Byte((byte)'\n');
    }

    // Work under way goes on though nobody hears of it, and there is no other place to say so.
    private void Tell(string text)
    {
        try
        {
            errors.Write(text);
        }
        catch (Exception fault) when (IsUnwritable(fault))
        {
        }
    }

    // Closed where the shell says 2>&-.
    private static TextWriter StandardError()
    {
        try
        {
            return Console.Error;
        }
        catch (Exception fault) when (IsUnwritable(fault))
        {
            return TextWriter.Null;
        }
    }

    // To .NET a closed descriptor is one that this user may not write to.
    private static bool IsUnwritable(Exception fault) => fault is IOException or UnauthorizedAccessException;

    public ValueTask Flush()
    {
        Data.Flush();
        return ValueTask.CompletedTask;
    }

    /// <summary>A console that draws where data goes, or where everything else goes.</summary>
    public IAnsiConsole Canvas(bool onErrors = false)
    {
        var terminal = onErrors ? ErrorsAreTerminal : OutputIsTerminal;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal && colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            // Bars move where everything else goes; data is never drawn over.
            Interactive = terminal && onErrors ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(onErrors ? errors : new StreamWriter(new Utf8WriterStream(Data), leaveOpen: true) { AutoFlush = true }),
        });
        if (!terminal)
            console.Profile.Width = WidthOfFiles;
        return console;
    }
}
