using System.Text;
using Patrol.Cli.Output;
using Patrol.Cli.Terminal;
using Spectre.Console;

namespace Patrol.Tests.Terminal;

/// <summary>The table of long lists looks like the library's, which the other tables come from.</summary>
public sealed class LongTableTests
{
    private static readonly LongColumn[] Columns = [new("ID", IsRight: true, NoWrap: true), new("Kind"), new("Name"), new("Whose"), new("Last used", NoWrap: true)];

    private static readonly string[][] Rows =
    [
        ["1", "personal", "ci", "jane <jane@example.com>", "never"],
        ["4711", "service-account", "a name of several words that goes on for a while", "service_account_deploy <service_account_deploy@noreply.gitlab.example.com>", "2026-11-24"],
        ["12", "project", "日本語のトークン 🔑", "acme/platform/deploy", "2026-11-24"],
        ["13", "group", "", "acme", "never"],
        ["14", "impersonation", "one-word-that-is-much-longer-than-any-line-of-a-narrow-window", "x", "never"],
    ];

    [Theory]
    [InlineData(200), InlineData(140), InlineData(110), InlineData(100), InlineData(90), InlineData(80), InlineData(70)]
    public void It_looks_as_the_librarys_own(int width)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in Columns)
            table.AddColumn(new TableColumn(column.Title) { NoWrap = column.NoWrap, Alignment = column.IsRight ? Justify.Right : Justify.Left });
        foreach (var row in Rows)
            table.AddRow([.. row.Select(text => new Text(text))]);
        using var expected = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(expected) });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        console.Write(table);
        Assert.Equal(expected.ToString(), Written(width, colours: false));
    }

    [Fact]
    public void Colours_take_no_room() =>
        Assert.Equal(Written(100, colours: false), Written(100, colours: true).Replace("\e[32m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal));

    private static string Written(int width, bool colours)
    {
        using var output = new MemoryStream();
        var data = new Utf8Writer(output);
        var table = new LongTable(data, width, colours, Columns);
        foreach (var row in Rows)
            table.Add([.. row.Select((text, i) => new LongCell(text, i == 1 ? 32 : 0))]);
        table.Write();
        data.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
