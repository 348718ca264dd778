using System.CommandLine;
using Patrol.Cli.Output;

namespace Patrol.Cli.Commands;

/// <summary>The option that says how data is written.</summary>
internal sealed class FormatOption
{
    private readonly Option<string> option = new("--format", "-f")
    {
        Description = "table (on a terminal), lines (otherwise), json or csv",
        HelpName = "FORMAT",
    };

    public FormatOption(Command command)
    {
        option.AcceptOnlyFromAmong("table", "lines", "json", "csv");
        command.Options.Add(option);
    }

    public OutputFormat Of(Call call) => call.Get(option) switch
    {
        "table" => OutputFormat.Table,
        "lines" => OutputFormat.Lines,
        "json" => OutputFormat.Json,
        "csv" => OutputFormat.Csv,
        _ => call.Screen.OutputIsTerminal ? OutputFormat.Table : OutputFormat.Lines,
    };
}
