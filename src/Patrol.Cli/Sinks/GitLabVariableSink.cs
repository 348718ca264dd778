using System.Text.Json.Serialization;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>
/// A CI/CD variable of a GitLab project or group, one environment scope's. Its other properties stay, since only its value is sent.
/// GitLab has no compare-and-set here: the value is read right before it is written, and again after.
/// </summary>
internal sealed class GitLabVariableSink(Uri address, string? project, string? group, string key, string environment, Secret credential) : ISink
{
    // GitLab masks no shorter values.
    private const int ShortestMasked = 8;

    private readonly ApiClient api = new($"GitLab at {address.GetLeftPart(UriPartial.Path).TrimEnd('/')}", new Uri(address, "api/v4/"));

    public string Name => $"the CI/CD variable {key}{(environment == "*" ? "" : $" ({environment})")} of {project ?? group}";

    private string Path => $"{(project is null ? "groups" : "projects")}/{Uri.EscapeDataString(project ?? group!)}/variables/{Uri.EscapeDataString(key)}?filter%5Benvironment_scope%5D={Uri.EscapeDataString(environment)}";

    public async Task<Secret?> Check(CancellationToken cancellation)
    {
        var variable = await Get(cancellation);
        if (TokenText.WhyNot(variable.Value ?? "") is { } why)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} {why}.");
        return new Secret(variable.Value ?? "");
    }

    public async Task<Secret?> Read(CancellationToken cancellation) => new Secret((await Get(cancellation)).Value ?? "");

    public async Task Store(Secret? expected, Secret next, CancellationToken cancellation)
    {
        var token = TokenText.RevealPlain(next);
        var variable = await Get(cancellation);
        if (variable.Value == token)
            return;
        if ((variable.Value ?? "") != (expected?.Reveal() ?? ""))
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} was changed meanwhile by somebody else. It was left as it is.");
        if (variable.Masked && token.Length < ShortestMasked)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} is masked, and the new token too short for that.");
        // The same value twice is the same as once.
        await Send(new ApiRequest(HttpMethod.Put, Path, Credential.PrivateToken(credential)) { IsRepeatable = true }
            .With(new GitLabVariableValue(token), GitLabVariableJson.Default.GitLabVariableValue), cancellation);
    }

    public ValueTask DisposeAsync()
    {
        api.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<GitLabVariable> Get(CancellationToken cancellation)
    {
        var variable = (await Send(new ApiRequest(HttpMethod.Get, Path, Credential.PrivateToken(credential)), cancellation))
            .Read(api.Name, GitLabVariableJson.Default.GitLabVariable);
        if (variable.Hidden)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} is hidden, so that what it holds cannot be read. Use a command as the holder.");
        return variable.EnvironmentScope is { } scope && scope != environment
            ? throw new CliFailure(ExitCode.SomeRefused, $"{Name}: GitLab shows the variable for {scope}. Name its environment.")
            : variable;
    }

    private async Task<ApiAnswer> Send(ApiRequest request, CancellationToken cancellation)
    {
        try
        {
            return await api.Send(request, cancellation);
        }
        catch (ApiFault fault) when (fault.Code != ExitCode.Unreachable)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{Name}: {fault.Message}", fault);
        }
    }
}

/// <summary>A variable as GitLab shows it.</summary>
internal sealed record GitLabVariable(string? Value, string? EnvironmentScope, bool Masked, bool Hidden);

internal sealed record GitLabVariableValue(string Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GitLabVariable))]
[JsonSerializable(typeof(GitLabVariableValue))]
internal sealed partial class GitLabVariableJson : JsonSerializerContext;
