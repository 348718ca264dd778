using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Logs;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Who is failing with which token, from GitLab's and Patrol's logs.</summary>
internal sealed class LogsCommand : PatrolCommand
{
    private const int LookUpAtOnce = 10_000;

    private readonly Argument<string[]> files = new("FILE")
    {
        Description = "api_json.log, production_json.log, rotated ones, in gzip or not, standard output of GitLab's Helm chart; - is standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly SystemOptions system;
    private readonly FormatOption format;

    public LogsCommand()
        : base("logs", "Who is failing with which token, from api_json.log and production_json.log")
    {
        Arguments.Add(files);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol logs /var/log/gitlab/gitlab-rails/{api,production}_json.log*", "everything that is kept, rotated files too"),
        ("patrol logs api_json.log --gitlab-db postgres://gitlab@db.example.com/gitlabhq_production", "with each token's owner, name and expiry date"),
        ("kubectl logs -l app=webservice -c webservice --since 24h --tail=-1 | patrol logs -", "GitLab in Kubernetes"),
        ("patrol logs patrol-data/log/api_json.log* --format json", "a Patrol server's own log, for other programs"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var names = call.Get(files)!;
        LogInput.Check(names);
        await using var source = system.AreGiven(call) ? await system.Open(call, cancellation) : null;
        source?.Demand(Ability.Find);

        using var input = new LogInput(names, Console.OpenStandardInput);
        var scan = new LogScan(input);
        await scan.Run(cancellation);
        var failures = scan.Tokens.Ordered().ToList();
        var found = source is null ? [] : await LookUp(source, failures, call.Today, cancellation);
        var rows = failures.Select(failure =>
        {
            var token = failure.Key.PersonalId is { } id ? found.GetValueOrDefault(id) : null;
            return new FailureRow(failure, token, NextStep.For(failure, source is not null, token, call.Today));
        });
        FailureOutput.Write(call.Screen, format.Of(call), rows, source is not null, call.Today);
        await call.Screen.Flush();
        foreach (var line in ScanReport.Lines(scan))
            call.Screen.Say(line);
        return Troubles(call, input, names.Length);
    }

    private static async Task<Dictionary<long, FoundToken>> LookUp(ISource source, List<FailingToken> failures, DateOnly today, CancellationToken cancellation)
    {
        var found = new Dictionary<long, FoundToken>();
        foreach (var ids in failures.Select(failure => failure.Key.PersonalId).OfType<long>().Distinct().Chunk(LookUpAtOnce))
        {
            await foreach (var token in source.Find(new TokenFilter { Ids = ids, Today = today }, cancellation))
                found[token.Id] = token;
        }
        return found;
    }

    private static ExitCode Troubles(Call call, LogInput input, int files)
    {
        foreach (var (file, why) in input.Troubles)
        {
            call.Screen.Say(why switch
            {
                UnauthorizedAccessException => $"{file} may not be read by this user.",
                InvalidDataException => $"{file}: the compressed data is broken or ends too early; what came before was read.",
                _ => $"{file} cannot be read: {why.Message}",
            });
        }
        return input.Troubles.Count == 0 ? ExitCode.Done
            : input.Troubles.Count == files && input.Troubles.All(trouble => trouble.Why is UnauthorizedAccessException) ? ExitCode.NotAllowed
            : ExitCode.SomeRefused;
    }
}
