using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Renewal;

namespace Patrol.Cli.Commands;

/// <summary>Renews tokens where they are used: by a plan, for Exastro, or going on where a run stopped.</summary>
internal sealed class RenewCommand : PatrolCommand
{
    private readonly Option<string> file = new("--file") { Description = "The plan: which tokens, where they are held, how they are proven", HelpName = "PLAN.yaml" };
    private readonly RenewOptions options;

    public RenewCommand()
        : base("renew", "Renew tokens and put them where they are used, so that at every moment one of them works")
    {
        Options.Add(file);
        options = new RenewOptions(this);
        Subcommands.Add(new RenewExastroCommand());
        Subcommands.Add(new RenewStatusCommand());
        Subcommands.Add(new RenewResumeCommand(finish: false));
        Subcommands.Add(new RenewResumeCommand(finish: true));
        Subcommands.Add(new RenewStepsCommand());
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol renew --file tokens.yaml --dry-run", "checks every holder, says what is due, changes nothing"),
        ("patrol renew --file tokens.yaml --yes", "renews what is due; for a timer"),
        ("patrol renew exastro --gitlab http://gitlab:40080 --db mysql://ITA_USER@mariadb:3306/ITA_DB --all", "the tokens of all of Exastro's organizations"),
        ("patrol renew resume --journal DIR", "goes on where a run stopped"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var path = call.Get(file) ?? throw CliFailure.Usage("Say what to renew: --file PLAN.yaml, or one of exastro, status, resume, finish, steps.");
        options.DemandAnswer(call);
        var plan = PlanFile.Read(path, call.Today, options.Force(call)) with { SettleSeconds = options.SettleSeconds(call), KeepOld = options.KeepOld(call) };
        await using var run = options.Begin(call, Surroundings.Time);
        return await new RenewalSession(run).Start(plan, [], options.Folder(call, plan.Target), null, options.Confirm(call), cancellation);
    }
}

/// <summary>The names of the steps, in order.</summary>
internal sealed class RenewStepsCommand() : PatrolCommand("steps", "List the steps of a renewal, in order")
{
    public override IReadOnlyList<(string Line, string Does)> Examples => [("patrol renew steps", "one step a line, its name first")];

    protected override Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        foreach (var (step, does) in RenewalSteps.All)
            call.Screen.Print($"{RenewalSteps.NameOf(step),-8} {does}");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>Goes on where a run stopped; or revokes the old tokens that it was to keep.</summary>
internal sealed class RenewResumeCommand : PatrolCommand
{
    private readonly Option<string> journal = RenewOptions.JournalOption();
    private readonly Option<string> after = new("--after") { Description = "Run this command instead of the one that the run was begun with", HelpName = "COMMAND" };
    private readonly Option<string> file = new("--file") { Description = "The corrected plan: its proofs, its holders' commands and its 'after' replace those of the run", HelpName = "PLAN.yaml" };
    // As with every change; but this one was agreed to when the run was begun.
    private readonly Option<bool> yes = new("--yes") { Description = "Nothing is asked in any case: the run was agreed to when it was begun" };
    private readonly Option<bool> force = new("--force") { Description = "Leave what cannot be finished as it is, revoke nothing of it, and close the journal" };
    private readonly FormatOption format;
    private readonly bool finish;

    public RenewResumeCommand(bool finish)
        : base(finish ? "finish" : "resume", finish ? "Revoke the old tokens that a run kept, and whatever else is left of it" : "Go on with a run that stopped on the way")
    {
        this.finish = finish;
        foreach (var option in finish ? (Option[])[journal, force, yes] : [journal, after, file, yes])
            Options.Add(option);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples => finish
        ?
        [
            ("patrol renew finish --journal DIR", "after --keep-old, when no work runs any more with the old tokens"),
            ("patrol renew finish --force", "somebody else wrote a holder, and what they wrote is to stay"),
        ]
        :
        [
            ("patrol renew resume --journal DIR", "with the same variables (GITLAB_TOKEN, MYSQL_PWD) as the run that stopped"),
            ("patrol renew resume --after 'systemctl restart app'", "the command of the run was mistyped"),
            ("patrol renew resume --file tokens.yaml", "the plan was wrong and is corrected"),
        ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var folders = JournalFolders.Of(call, journal);
        if (folders.Count > 1)
            throw CliFailure.Usage($"Several runs have not come to their end; say which with --journal: {string.Join(", ", folders)}.");
        if (folders.Count == 0)
        {
            call.Screen.Say($"There is nothing to {Name}.");
            return ExitCode.Done;
        }
        await using var run = new RenewalRun(call.Screen, format.Of(call), Surroundings.Time, call.Variable);
        var given = Console.IsInputRedirected && JournalFolders.NeedsGiven(folders[0]) ? await GivenToken.Read(cancellation) : null;
        var correction = new PlanCorrection(call.Get(after), call.Get(file) is { } path ? PlanFile.Read(path, call.Today, force: false) : null);
        return await new RenewalSession(run).Resume(folders[0], finish, call.Get(force), correction, given, cancellation);
    }
}

/// <summary>Says how far a run has come.</summary>
internal sealed class RenewStatusCommand : PatrolCommand
{
    private readonly Option<string> journal = RenewOptions.JournalOption();
    private readonly FormatOption format;

    public RenewStatusCommand()
        : base("status", "Say how far a run has come")
    {
        Options.Add(journal);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples => [("patrol renew status", "what has not come to its end")];

    protected override Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var output = new RenewalOutput(call.Screen, format.Of(call));
        var folders = JournalFolders.Of(call, journal).Where(Journal.Exists).ToList();
        if (folders.Count == 0)
            call.Screen.Say("No renewal is under way.");
        foreach (var folder in folders)
        {
            using var opened = Journal.Open(folder);
            call.Screen.Say($"{opened.Plan.Target}, begun {opened.Begun:yyyy-MM-dd HH:mm} UTC; journal: {folder}");
            foreach (var outcome in JournalStatus.Of(opened))
                output.Outcome(outcome);
        }
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>Which journals a command is about.</summary>
internal static class JournalFolders
{
    /// <summary>The folder that was given; else those of this user's runs that have not come to their end.</summary>
    public static List<string> Of(Call call, Option<string> journal)
    {
        if (call.Get(journal) is { } given)
            return [Path.GetFullPath(given)];
        var all = Folders.Journals(call.Variable);
        return Directory.Exists(all) ? [.. Directory.GetDirectories(all).Where(Journal.Exists).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Whether the run waits for the token that was given on standard input.</summary>
    public static bool NeedsGiven(string folder)
    {
        if (!Journal.Exists(folder))
            return false;
        using var journal = Journal.Open(folder);
        return journal.Plan.Tokens.Any(token => token.IsGiven) && !journal.Lines.Any(line => line.Step >= RenewalStep.Journal);
    }
}
