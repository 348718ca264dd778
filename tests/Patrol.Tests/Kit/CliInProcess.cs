using System.Text;
using Patrol.Cli.Commands;
using Patrol.Cli.Terminal;

namespace Patrol.Tests.Kit;

/// <summary>The tool's command line in this process, without a terminal: for what needs no process of its own to be true.</summary>
internal static class CliInProcess
{
    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="home">What it takes for its user's home.</param>
    /// <param name="environment">Its whole environment besides, as <c>NAME=value</c>.</param>
    public static async Task<CliRun> Run(string[] arguments, string home, params string[] environment)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home };
        foreach (var pair in environment)
            variables[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
        using var output = new MemoryStream();
        await using var errors = new StringWriter();
        var screen = new Screen(output, TextWriter.Synchronized(errors), outputIsTerminal: false, errorsAreTerminal: false, canAsk: false, colours: false);
        var parsed = CommandLine.Root(new Surroundings(screen, TimeProvider.System, variables.GetValueOrDefault)).Parse(arguments);
        Assert.Empty(parsed.Errors);
        var code = await Eventually.InTime(parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }));
        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }
}
