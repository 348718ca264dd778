using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Patrol.AspNetCore;

namespace Patrol.Tests.Kit;

/// <summary>Somebody else's service that takes Patrol's tokens by means of the package: real Kestrel, and a clock that the test turns.</summary>
internal sealed class GuardedApi : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly CountingLine line;

    private GuardedApi(WebApplication app, CountingLine line, FakeTimeProvider clock) => (this.app, this.line, Clock) = (app, line, clock);

    public FakeTimeProvider Clock { get; }

    /// <summary>How often the authority was asked about a token.</summary>
    public int Questions => line.Questions;

    /// <summary>All that was logged.</summary>
    public string Log => Logged(app).All;

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    /// <summary>Starts a service that asks that authority.</summary>
    public static async Task<GuardedApi> Start(PatrolApp authority, Action<PatrolOptions>? configure = null, bool withEvents = true)
    {
        var (status, body) = await authority.Client().Post("/api/patrol/v1/clients", new { name = "guarded" });
        Assert.Equal(201, status);
        return await Start(authority.Clock.GetUtcNow(), options =>
        {
            options.Authority = authority.Address;
            options.ClientId = body.GetProperty("client_id").GetString();
            options.ClientSecret = body.GetProperty("client_secret").GetString();
            configure?.Invoke(options);
        }, withEvents);
    }

    public static async Task<GuardedApi> Start(DateTimeOffset now, Action<PatrolOptions> configure, bool withEvents = true)
    {
        var clock = new FakeTimeProvider(now);
        var line = new CountingLine(withEvents);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).Services.AddSingleton<ILoggerProvider, LogText>();
        builder.Services.AddAuthentication().AddPatrol(options =>
        {
            options.TimeProvider = clock;
            options.Backchannel = line;
            configure(options);
        });
        builder.Services.AddAuthorizationBuilder().AddPolicy("pulls", policy => policy.RequirePatrolScope("read_repository"));
        var app = builder.Build();
        app.MapGet("/open", (ClaimsPrincipal user) => user.Identity?.Name ?? "nobody");
        app.MapGet("/me", (ClaimsPrincipal user) => string.Join('\n', user.Claims.Select(claim => $"{claim.Type}={claim.Value}"))).RequireAuthorization();
        app.MapGet("/read", () => "read").RequirePatrolScope("read_api");
        app.MapGet("/both", () => "both").RequirePatrolScope("read_user", "read_registry");
        app.MapGet("/pull", () => "pull").RequireAuthorization("pulls");
        app.MapGet("/attribute", [PatrolScope("write_repository")] () => "attribute");
        await app.StartAsync();
        return new GuardedApi(app, line, clock);
    }

    /// <summary>Asks with headers.</summary>
    public async Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    /// <summary>Asks for what needs no more than a good token; answers the status.</summary>
    public Task<int> Status(string token) => Status("/me", ("PRIVATE-TOKEN", token));

    public async Task<int> Status(string path, params (string Name, string Value)[] headers)
    {
        using var answer = await Get(path, headers);
        return (int)answer.StatusCode;
    }

    /// <summary>Waits until the authority's events are heard; without them, this service must be one that remembers for no time at all.</summary>
    public Task HearEvents(string goodToken) => Eventually.True(
        async () =>
        {
            Assert.Equal(200, await Status(goodToken));
            var asked = Questions;
            return await Status(goodToken) == 200 && Questions == asked;
        },
        "an answer is remembered for as long as events are heard");

    /// <summary>From now on questions wait.</summary>
    /// <returns>Lets them go on.</returns>
    public Action HoldQuestions()
    {
        var held = new TaskCompletionSource();
        line.Held = held.Task;
        return held.SetResult;
    }

    public static string Basic(string user, string password) => new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))).ToString();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        line.Dispose();
    }

    private static LogText Logged(WebApplication app) => app.Services.GetServices<ILoggerProvider>().OfType<LogText>().Single();

    private sealed class CountingLine(bool withEvents) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        private int questions;

        public int Questions => Volatile.Read(ref questions);

        public Task Held { get; set; } = Task.CompletedTask;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post)
            {
                Interlocked.Increment(ref questions);
                await Held.WaitAsync(cancellationToken);
            }
            else if (!withEvents)
            {
                throw new HttpRequestException("This line carries no events.");
            }
            return await base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class LogText : ILoggerProvider, ILogger
    {
        private readonly StringBuilder text = new();

        public string All
        {
            get
            {
                lock (text)
                    return text.ToString();
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (text)
                text.Append(logLevel).Append(' ').Append(formatter(state, exception)).Append(exception).Append('\n');
        }

        public void Dispose()
        {
        }
    }
}
