using System.Globalization;
using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>How a plan proves a stored token: a request that must be answered, a command, or reading a Git repository.</summary>
internal static class Proofs
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Each kind with the settings it must have and those it may have.</summary>
    public static readonly IReadOnlyDictionary<string, (string[] Required, string[] Optional)> Kinds = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
    {
        ["http"] = (["url"], ["header", "prefix", "status"]),
        ["command"] = (["run"], ["limit"]),
        ["git"] = (["url"], ["user"]),
    };

    /// <summary>Null if a proof could succeed; else what of its settings never can.</summary>
    public static string? WhyNot(string kind, IReadOnlyDictionary<string, string> settings) => kind switch
    {
        "http" => !Uri.TryCreate(settings["url"], UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0 ? "'url' is no address such as https://app.example.com/status"
            : address.UserInfo.Length > 0 ? "'url' holds a name or password, where others could read it"
            : !IsHeader(settings.GetValueOrDefault("header") ?? "PRIVATE-TOKEN") ? "'header' is no name of a header"
            : settings.GetValueOrDefault("prefix")?.Any(char.IsControl) == true ? "'prefix' has a line break or the like"
            : settings.GetValueOrDefault("status") is { } status && !(int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 200 and <= 599) ? "'status' is no status such as 200" : null,
        // To git it would be an option.
        "git" => settings["url"] is "" or ['-', ..] ? "'url' is no address of a repository" : null,
        _ => settings["run"].Trim().Length == 0 ? "'run' is empty" : null,
    };

    /// <summary>Proves it.</summary>
    /// <exception cref="CliFailure">It does not work there.</exception>
    public static Task Prove(PlannedProof proof, Secret token, RenewalRun run, CancellationToken cancellation) => proof.Kind switch
    {
        "http" => Http(proof.Settings, token, cancellation),
        "command" => Command(proof.Settings, token, run, cancellation),
        _ => Git(proof.Settings, token, run, cancellation),
    };

    private static bool IsHeader(string name)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation(name, "");
    }

    private static async Task Http(IReadOnlyDictionary<string, string> settings, Secret token, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
        using var request = new HttpRequestMessage(HttpMethod.Get, settings["url"]);
        var header = settings.GetValueOrDefault("header") ?? "PRIVATE-TOKEN";
        var prefix = settings.GetValueOrDefault("prefix") ?? (header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? "Bearer " : "");
        request.Headers.TryAddWithoutValidation(header, prefix + token.Reveal());
        var wanted = int.Parse(settings.GetValueOrDefault("status") ?? "200", NumberStyles.None, CultureInfo.InvariantCulture);
        try
        {
            using var answer = await http.SendAsync(request, cancellation);
            if ((int)answer.StatusCode != wanted)
                throw new CliFailure((int)answer.StatusCode >= 500 ? ExitCode.Unreachable : ExitCode.SomeRefused, $"{settings["url"]} answers {(int)answer.StatusCode} to the new token, not {wanted}.");
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw new CliFailure(ExitCode.Unreachable, $"{settings["url"]} does not answer: {fault.Message}", fault);
        }
    }

    private static async Task Command(IReadOnlyDictionary<string, string> settings, Secret token, RenewalRun run, CancellationToken cancellation)
    {
        var limit = settings.GetValueOrDefault("limit") is { } text ? Duration.Read("limit", text) : Limit;
        if (await new ChildProcess(run.Screen, run.Sinks.Known).Run(settings["run"], token, limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"The proof `{settings["run"]}` failed: {trouble}.");
    }

    // In a header that only git's environment has: an address with the token in it would stand in the process list.
    private static async Task Git(IReadOnlyDictionary<string, string> settings, Secret token, RenewalRun run, CancellationToken cancellation)
    {
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.GetValueOrDefault("user") ?? "oauth2"}:{token.Reveal()}"));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_CONFIG_COUNT"] = "2",
            ["GIT_CONFIG_KEY_0"] = "http.extraHeader",
            ["GIT_CONFIG_VALUE_0"] = $"Authorization: Basic {login}",
            ["GIT_CONFIG_KEY_1"] = "credential.helper",
            ["GIT_CONFIG_VALUE_1"] = "",
        };
        if (await new ChildProcess(run.Screen, run.Sinks.Known).Run(["git", "ls-remote", "--quiet", settings["url"]], environment, Limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"git cannot read {settings["url"]} with the new token: {trouble}.");
    }
}
