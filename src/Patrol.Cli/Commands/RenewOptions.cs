using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Renewal;
using Patrol.Cli.Sinks;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>What both forms of <c>renew</c> take: when, how carefully, and where the journal is.</summary>
internal sealed class RenewOptions
{
    private readonly Option<bool> force = new("--force") { Description = "Renew what is not due, too" };
    private readonly Option<string> settle = new("--settle") { Description = "How long to wait before the old token is revoked (30s)", HelpName = "TIME" };
    private readonly Option<bool> keepOld = new("--keep-old") { Description = "Do not revoke the old tokens; `patrol renew finish` does it later" };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Check everything and only say what would be done" };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask" };
    private readonly Option<string> journal = JournalOption();
    private readonly FormatOption format;

    public RenewOptions(Command command)
    {
        foreach (var option in (Option[])[force, settle, keepOld, journal, dryRun, yes])
            command.Options.Add(option);
        format = new FormatOption(command);
    }

    public bool Force(Call call) => call.Get(force);

    public bool KeepOld(Call call) => call.Get(keepOld);

    public bool DryRun(Call call) => call.Get(dryRun);

    public double SettleSeconds(Call call) => Duration.Read("--settle", call.Get(settle) ?? "30s").TotalSeconds;

    public RenewalRun Begin(Call call, TimeProvider time) => new(call.Screen, format.Of(call), time, call.Variable);

    /// <summary>The folder that was given, or one of the target's own.</summary>
    public string Folder(Call call, string target) =>
        Path.GetFullPath(call.Get(journal) ?? Path.Combine(Folders.Journals(call.Variable), Folders.NameFor(target)));

    /// <summary>Refuses early what would have to ask and cannot.</summary>
    public void DemandAnswer(Call call)
    {
        if (!call.Get(yes) && !call.Get(dryRun) && !call.Screen.CanAsk)
            throw CliFailure.Usage("This asks before it acts, and there is no terminal to ask on: add --yes, or --dry-run to see what it would do.");
    }

    /// <summary>How to ask; null for a dry run.</summary>
    public Func<IReadOnlyList<CheckedToken>, bool>? Confirm(Call call) => DryRun(call) ? null : tokens =>
    {
        if (call.Get(yes))
            return true;
        Keys.StopEcho();
        call.Screen.SayPart($"Renew {tokens.Count} token{(tokens.Count == 1 ? "" : "s")} ({string.Join(", ", tokens.Select(token => token.Plan.Name))})? [y/N] ");
        return Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes";
    };

    public static Option<string> JournalOption() =>
        new("--journal") { Description = "The folder of the run's journal (~/.local/state/patrol/renew/…)", HelpName = "DIR" };
}
